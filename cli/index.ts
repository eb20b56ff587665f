#!/usr/bin/env node
import "../engine/monitor/compile-cache.js";
import { endWithReader } from "./broken-pipe";
import { main } from "./main";

endWithReader(process);
void main(process.argv.slice(2)).then((code) => {
  process.exitCode = code;
});
