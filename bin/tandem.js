#!/usr/bin/env node
// In the repository from the start, so that npm links it before the library is built; and in plain old JavaScript, so
// that an old Node.js can say that it is one.
const [major, minor] = process.versions.node.split(".").map(Number);
if (major < 22 || (major === 22 && minor < 15)) {
  console.error(
    "tandem needs Node.js 22.15 or newer; this is " +
      process.version +
      "\n  fix: install a newer one, or add it to the project with npm install --save-dev node@24 and run npx tandem",
  );
  process.exit(2);
}
require("../dist/cli/index.js");
