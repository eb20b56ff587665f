import { Hono } from "hono";

/** A framework's app in a module of its own. */
export const mounted = new Hono();
mounted.get("/mounted", (c) => c.text("mounted"));
