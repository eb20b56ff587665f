import { S3Client } from "@aws-sdk/client-s3";
import { Hono } from "hono";

/** A framework's app in a module of its own. */
export const mounted = new Hono();
mounted.get("/mounted", (c) => c.text("mounted"));

/** A client beside a function that uses it. */
export const client = new S3Client({ region: "eu-west-2" });
export const regionOf = async (): Promise<string> => client.config.region();
