import { Hono as Framework } from "hono";
import shared, { named } from "./es-module-app.mjs";

const own = new Framework();
own.get("/own", (c) => c.text("own"));
export const exported = new Framework();
exported.get("/exported", (c) => c.text("exported"));

/** Each asks an app that it captures. */
export const asking = [
  async () => (await own.request("/own")).text(),
  async () => (await exported.request("/exported")).text(),
  async () => (await shared.request("/shared")).text(),
  async () => (await named.request("/named")).text(),
];

/** Uses of import.meta: one that packages have, and one that they do not. */
export const addressed = async () => typeof new URL(import.meta.url).pathname;
export const resolver = async () => import.meta.resolve("hono");
