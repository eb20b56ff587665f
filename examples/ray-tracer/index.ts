import { Api, Bucket, HttpError, Queue, RetryError, Task } from "tandem";

const scenes = new Bucket("scenes"); // what is put here, is rendered
const renders = new Bucket("renders"); // what is made of it
const tries = 3;
const tiles = new Queue<{ render: string; tile: number }>("tiles", { maxReceiveCount: tries, visibilityTimeout: 1800 });
const renderer = new Task("renderer", { build: "./renderer", cpu: 1024, memory: 2048 });

// A scene's zip is checked, and becomes one message for each tile of its picture.
scenes.onPut(
  "onScene",
  async ({ key, eTag = "", size = 0 }) => {
    const { readScene, SceneError, tileCount } = await import("./scene/read-scene.js");
    const render = `${key.replace(/\.zip$/, "").replace(/[^\w-]+/g, "-")}-${eTag.slice(0, 8)}`;
    try {
      if (size > 16 * 1024 * 1024) throw new SceneError("it is larger than 16 MB");
      const scene = await readScene(await scenes.get(key));
      for await (const earlier of renders.list(`${render}/`)) await renders.delete(earlier.key); // it was here before
      await renders.put(`${render}/scene.json`, JSON.stringify(scene), { contentType: "application/json" });
      const { width, height, tileSize } = scene;
      const status = { state: "rendering", width, height, tileSize, tiles: tileCount(scene) };
      await renders.put(`${render}/status.json`, JSON.stringify(status));
      await tiles.sendAll(Array.from({ length: status.tiles }, (_, tile) => ({ render, tile })));
      console.log(`${render}: ${status.tiles} tiles`);
    } catch (error) {
      if (!(error instanceof SceneError)) throw error;
      await renders.put(`${render}/status.json`, JSON.stringify({ state: "refused", reason: error.message }));
      console.log(`${render} is refused: ${error.message}`);
    }
  },
  { keySuffix: ".zip" },
  { memory: 1024 },
);

// A container renders a tile. It gets two signed addresses, and may do nothing else.
tiles.onMessage(
  "onTile",
  async ({ body: { render, tile }, receiveCount }) => {
    const tileKey = `${render}/tiles/${tile}.rgb`;
    const run = await renderer.run({
      environment: {
        SCENE_URL: await renders.signedUrl(`${render}/scene.json`, { method: "get", expires: 900 }),
        TILE_URL: await renders.signedUrl(tileKey, { method: "put", expires: 900 }),
        TILE: String(tile),
      },
    });
    const { exitCode, reason, log } = await run.wait();
    if (exitCode !== 0) {
      const cause = log.trim().split("\n").at(-1) || reason || `exit code ${exitCode}`;
      if (receiveCount >= tries) await renders.put(`${render}/failed/${tile}.json`, JSON.stringify({ reason: cause }));
      throw new RetryError(`tile ${tile} of ${render}: ${cause}`, 2); // after the third time, it goes to the dead letters
    }
    await renders.delete(`${render}/failed/${tile}.json`); // of an earlier try, before somebody sent it again
    // Whichever tile is the last to come, makes the picture.
    const { assemble } = await import("./scene/assemble.js");
    const picture = await assemble(render, { getText: renders.getText, get: renders.get, list: renders.list });
    if (picture === undefined || (await renders.exists(`${render}/picture.png`))) return;
    await renders.put(`${render}/picture.png`, picture, { contentType: "image/png" });
    console.log(`*** Rendered: ${render}/picture.png`);
  },
  { batchSize: 1, concurrency: 8 },
  { timeout: 300, memory: 512 },
);

const api = new Api("web");

api.get("/renders", async () => {
  const { renderIds } = await import("./scene/progress.js");
  return renderIds(renders.list);
});

api.get("/renders/{id}", async ({ params: { id = "" } }) => {
  const { progress } = await import("./scene/progress.js");
  const found = await progress(id, { getText: renders.getText, exists: renders.exists, list: renders.list });
  if (found === undefined) throw new HttpError(404, `there is no render ${id}`);
  return found;
});

api.get("/renders/{id}/{file+}", async ({ params: { id, file = "" } }) => {
  if (!/^(picture\.png|tiles\/\d+\.rgb)$/.test(file) || !(await renders.exists(`${id}/${file}`))) {
    throw new HttpError(404, `there is no ${file} of ${id} yet`);
  }
  const type = file.endsWith(".png") ? "image/png" : "application/octet-stream";
  return new Response(new Uint8Array(await renders.get(`${id}/${file}`)), { headers: { "content-type": type } });
});

api.static("/", "./page");

export const url = api.url;
export const scenesBucket = scenes.id;
export const rendersBucket = renders.id;
