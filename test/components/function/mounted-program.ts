import { Hono } from "hono";
import { Api, Bucket } from "../../../components";

const scenes = new Bucket("scenes");
const app = new Hono();
app.get("/scenes/:id", async (c) => c.text(await scenes.getText(c.req.param("id"))));

new Api("web").any("/{rest+}", (request) => app.fetch(request));
