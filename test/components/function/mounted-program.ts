import { Hono } from "hono";
import { Api, Bucket, Task } from "../../../components";

const scenes = new Bucket("scenes");
const render = new Task("render", { image: "alpine:3.22" });
const app = new Hono();
app.post("/renders", async (c) => c.json(await (await render.run()).wait()));
app.get("/scenes/:id", async (c) => c.text(await scenes.getText(c.req.param("id"))));

new Api("web").any("/{rest+}", (request) => app.fetch(request));
