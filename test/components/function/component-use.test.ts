import { expect } from "chai";
import * as fs from "node:fs";
import * as path from "node:path";
import sinon from "sinon";
import { TandemError } from "../../../components";
import { record } from "../../../testing";

const head =
  'import { Bucket, Function } from "../../../components"; const media=new Bucket("media"); const handle=(h:()=>unknown)=>new Function("h",h);';

/** Programs whose handler reads one object of a bucket. */
const uses: Readonly<Record<string, string>> = {
  "by a method of a class that holds it":
    'class L{ constructor(private readonly bucket:Bucket){} text(){ return this.bucket.getText("a"); } } const l=new L(media); handle(()=>l.text());',
  "by an accessor of a class that holds it":
    'class L{ constructor(private readonly bucket:Bucket){} get text(){ return this.bucket.getText("a"); } } const l=new L(media); handle(()=>l.text);',
  "by a method of a derived class":
    'class B{ constructor(protected readonly bucket:Bucket){} } class L extends B{ text(){ return this.bucket.getText("a"); } } const l=new L(media); handle(()=>l.text());',
  "in a field with an initializer":
    'class L{ bucket=media; text(){ return this.bucket.getText("a"); } } const l=new L(); handle(()=>l.text());',
  "in an object in a field":
    'class L{ deps={ bucket:media, n:1 }; text(){ return this.deps.bucket.getText("a"); } } const l=new L(); handle(()=>l.deps.n && l.text());',
  "by a method of an object":
    'const o={ bucket:media, text(){ return this.bucket.getText("a"); } }; handle(()=>o.text());',
  "by a helper that takes it out of an object":
    'const text=({ bucket }:{ bucket:Bucket })=>bucket.getText("a"); handle(()=>text({ bucket:media }));',
  "by a class that is given it in an object":
    'class L{ constructor(private readonly deps:{ bucket:Bucket }){} text(){ return this.deps.bucket.getText("a"); } } handle(()=>new L({ bucket:media }).text());',
  "out of an object in the handler": 'handle(()=>{ const deps={ bucket:media }; return deps.bucket.getText("a"); });',
};

const refused: Readonly<Record<string, string>> = {
  "in a record that is gone through": 'const all={ one:media }; handle(()=>Object.values(all)[0]?.getText("a"));',
  "in a list that is gone through":
    'const all=[media]; handle(()=>{ for (const each of all) return each.getText("a"); return ""; });',
  "in an object that is printed": "handle(()=>JSON.stringify({ bucket:media }));",
  "in an object that is spread":
    'handle(()=>{ const deps={ bucket:media }; const more={ ...deps }; return more.bucket.getText("a"); });',
  "in an object with methods":
    'handle(()=>{ const deps={ bucket:media, text(){ return this.bucket.getText("a"); } }; return deps.text(); });',
};

async function recorded(program: string): ReturnType<typeof record> {
  const programs = path.resolve(".tandem", "programs");
  fs.mkdirSync(programs, { recursive: true });
  const folder = fs.mkdtempSync(path.join(programs, "use-"));
  try {
    fs.writeFileSync(path.join(folder, "index.ts"), `${head}\n${program}`);
    return await record(() => import(path.join(folder, "index.ts")));
  } finally {
    fs.rmSync(folder, { recursive: true, force: true });
  }
}

describe("a component that a handler uses", () => {
  for (const [name, program] of Object.entries(uses)) {
    it(`is reached ${name}, and permitted`, async () => {
      const app = await recorded(program);
      expect(await app.invoke("h", 0, { "media.getText": sinon.stub().resolves("text") })).to.equal("text");
      expect(app.permissions("h").flatMap(({ actions }) => actions)).to.include("s3:GetObject");
    });
  }

  for (const [name, program] of Object.entries(refused)) {
    it(`is refused ${name}`, async () => {
      const error: unknown = await recorded(program).catch((thrown: unknown) => thrown);
      expect((error as TandemError).code).to.equal("ERR_CAPTURE_RESOURCE");
    });
  }
});
