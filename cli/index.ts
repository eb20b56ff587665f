#!/usr/bin/env node
import "../engine/monitor/compile-cache.js";
import { main } from "./main";

void main(process.argv.slice(2)).then((code) => {
  process.exitCode = code;
});
