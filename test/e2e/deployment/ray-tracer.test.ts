import { GetObjectCommand, ListObjectsV2Command, PutObjectCommand } from "@aws-sdk/client-s3";
import { expect } from "chai";
import { zipSync } from "fflate";
import { PNG } from "pngjs";
import { quickScene } from "../quick-scene";
import { emptyBuckets } from "./deployed-example";
import { livesAndEnds, replaced } from "./example-life";

/** Each scene is another render. */
let scenes = 0;

livesAndEnds({
  name: "ray-tracer",
  async runs(cloud, { scenesBucket, rendersBucket, url }) {
    const name = `scene-${++scenes}`;
    const s3 = cloud.s3();
    const zip = zipSync({ "scene.json": Buffer.from(JSON.stringify(quickScene)) });
    await s3.send(new PutObjectCommand({ Bucket: String(scenesBucket), Key: `${name}.zip`, Body: zip }));
    await cloud.services.activity.whenIdle();
    const renders = (await (await fetch(`${String(url)}/renders`)).json()) as { id: string }[];
    const { Contents = [] } = await s3.send(new ListObjectsV2Command({ Bucket: String(rendersBucket), Prefix: name }));
    const Key = Contents.map((object) => object.Key ?? "").find((key) => key.endsWith("picture.png")) ?? "";
    expect(JSON.stringify(renders)).to.include(Key.split("/")[0]);
    const { Body } = await s3.send(new GetObjectCommand({ Bucket: String(rendersBucket), Key }));
    const { width, height } = PNG.sync.read(Buffer.from((await Body?.transformToByteArray()) ?? []));
    expect({ width, height }).to.deep.equal({ width: quickScene.width, height: quickScene.height });
  },
  changes: {
    "a line of a handler": {
      edits: [{ file: "index.ts", from: "*** Rendered", to: "+++ Rendered" }],
      changes: ["update onTile"],
    },
    "a file of the page": {
      edits: [{ file: "page/index.html", from: "</title>", to: " here</title>" }],
      changes: ["update web-get-files", "update web-get-files/index.html"],
    },
    "the Dockerfile's folder": {
      edits: [{ file: "renderer/render.mjs", from: "import", to: "// One tile.\nimport" }],
      changes: [...replaced("renderer-task"), "update renderer-image"],
    },
  },
  renamed: [
    { file: "index.ts", from: '("tiles", {', to: '("pieces", {' },
    {
      file: "index.ts",
      from: "visibilityTimeout: 1800 });",
      to: 'visibilityTimeout: 1800 }, { aliases: [{ name: "tiles" }] });',
    },
    { file: "index.ts", from: 'new Api("web")', to: 'new Api("site", {}, { aliases: [{ name: "web" }] })' },
  ],
  renamedWithoutAlias: [{ file: "index.ts", from: 'new Bucket("renders")', to: 'new Bucket("pictures")' }],
  lost: [
    ...["", "", "-encryption", "-lifecycle", "-policy", "-public-access-block"].map((part) => `create pictures${part}`),
    ...["", "", "-encryption", "-lifecycle", "-policy", "-public-access-block"].map((part) => `delete renders${part}`),
  ],
  replacing: {
    before: emptyBuckets,
    edits: [
      {
        file: "index.ts",
        from: "maxReceiveCount: tries,",
        to: 'maxReceiveCount: tries, transform: { queue: (args) => ({ ...args, name: "our-tiles" }) },',
      },
    ],
    changes: [
      ...["pieces", "pieces-policy", "pieces-dead-letter-redrive-allow", "onTile-mapping"].flatMap(replaced),
      ...["onScene", "onScene-policy", "onTile", "onTile-policy"].map((name) => `update ${name}`),
    ],
    // SQS takes no queue whose dead letters refuse it. (What else AWS refuses, the provider checks.)
    order: [
      "delete pieces-dead-letter-redrive-allow",
      "delete pieces",
      "create pieces",
      "create pieces-dead-letter-redrive-allow",
    ],
  },
});
