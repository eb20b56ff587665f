import { expect } from "chai";
import * as fs from "node:fs";
import * as path from "node:path";
import { TandemError } from "../../components";
import { record } from "../../testing";

const root = path.resolve(__dirname, "..", "..");
const page = fs.readFileSync(path.join(root, "docs/errors.md"), "utf8");

/** Programs whose handlers are refused with the texts that docs/errors.md shows. */
const programs: Readonly<Record<string, string>> = {
  ERR_CAPTURE_VALUE: `import { Function } from "../../../components";

function serve(cache: WeakMap<object, string>): void {
  new Function("count", async (key: object) => cache.get(key));
}

serve(new WeakMap());
`,
  ERR_CAPTURE_CLASS: `import { Function } from "../../../components";

class Session {
  readonly #token = "t";
  token(): string {
    return this.#token;
  }
}

function serve(session: Session): void {
  new Function("count", async () => session.token());
}

serve(new Session());
`,
  ERR_CAPTURE_IMPORT_META: `import tandem from "../../../components/index.js";

new tandem.Function("read", async () => import.meta.resolve("./data.json"));
`,
  ERR_CAPTURE_RESOURCE: `import { Bucket, Function } from "../../../components";

const media = new Bucket("media");
new Function("show", async () => JSON.stringify(media));
`,
  ERR_CAPTURE_SECRET: `import * as pulumi from "@pulumi/pulumi";
import { Function } from "../../../components";

const token = pulumi.secret("hush");
new Function("call", async () => token.get().length);
`,
  ERR_CAPTURE_NAME: `import { Bucket, Function } from "../../../components";
import * as pulumi from "@pulumi/pulumi";

class Site extends pulumi.ComponentResource {
  readonly media: Bucket;
  constructor(name: string) {
    super("test:index:Site", name);
    this.media = new Bucket("media", {}, { parent: this });
  }
}

const one = new Site("one");
const other = new Site("other");
new Function("copy", async () => other.media.put("a", await one.media.getText("a")));
`,
  ERR_CAPTURE_FAILED: `import * as pulumi from "@pulumi/pulumi";
import { Function } from "../../../components";

new Function("count", async () => pulumi.getStack());
`,
};

describe("docs/errors.md on handlers that are refused", () => {
  for (const [code, program] of Object.entries(programs)) {
    it(`shows the text of ${code} that is really printed`, async () => {
      fs.mkdirSync(path.join(root, ".tandem", "handlers"), { recursive: true });
      const folder = fs.mkdtempSync(path.join(root, ".tandem", "handlers", "refused-"));
      try {
        const name = program.includes("import.meta") ? "index.mts" : "index.ts";
        fs.writeFileSync(path.join(folder, name), program);
        const error: unknown = await record(() => import(path.join(folder, name))).catch((thrown: unknown) => thrown);
        expect(error).to.be.instanceOf(TandemError);
        const [, shown = ""] = new RegExp(`### ${code}\\n[^]*?\`\`\`text\\n([^]*?)\`\`\``).exec(page) ?? [];
        const printed = (error as TandemError).message.replaceAll(`${path.relative(root, folder)}/`, "");
        expect(printed.replace(/\n {2}see: .*\n?/, "\n").trim()).to.equal(shown.trim());
      } finally {
        fs.rmSync(folder, { recursive: true, force: true });
      }
    });
  }
});
