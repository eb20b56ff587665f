import { pathToFileURL } from "node:url";

/** What `import.meta.url` is in a package: the address of its file. */
export const moduleUrl: string = pathToFileURL(__filename).href;
