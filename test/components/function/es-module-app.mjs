import { Hono } from "hono";

const app = new Hono();
app.get("/shared", (c) => c.text("shared"));
export default app;

export const named = new Hono();
named.get("/named", (c) => c.text("named"));
