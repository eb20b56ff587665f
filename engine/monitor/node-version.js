// @ts-check
"use strict";

// Says which Node.js is needed before anything uses what older ones do not have. Plain old JavaScript, for their sake.
const version = process.versions.node.split(".").map(Number);
const major = version[0] || 0;
const minor = version[1] || 0;
if (major < 22 || (major === 22 && minor < 15)) {
  const error = new Error(
    "tandem needs Node.js 22.15 or newer; this is " +
      process.version +
      "\n  fix: install a newer one, or add it to the project with npm install --save-dev node@24 and run with npx",
  );
  // Where it was loaded from helps nobody.
  error.stack = "Error: " + error.message;
  throw error;
}
