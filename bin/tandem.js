#!/usr/bin/env node
// In the repository from the start, so that npm links it before the library is built.
require("../dist/cli/index.js");
