import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import type { DatabaseSync } from "node:sqlite";

import { S3Client, type S3ClientConfig } from "@aws-sdk/client-s3";

import { localAccount } from "../../../../engine/services/account";
import { requireCaller } from "../../../../engine/services/authorize";
import { systemClock, type Clock } from "../../../../engine/services/clock";
import { openDatabase } from "../../../../engine/services/database";
import { Endpoint } from "../../../../engine/services/endpoint/endpoint";
import { Identity } from "../../../../engine/services/identity/identity";
import type { ObjectEvent } from "../../../../engine/services/objects/object-record";
import { ObjectStore } from "../../../../engine/services/objects/object-store";
import { S3Service } from "../../../../engine/services/objects/s3/s3-service";
import type { Authorize } from "../../../../engine/services/protocol/operation";
import { sendRaw } from "../endpoint/raw-http";
import { signedHead } from "../endpoint/signed-request";

export interface FixtureOptions {
  /** Default: a new one, removed at the end. */
  readonly folder?: string;
  readonly clock?: Clock;
  readonly authorize?: Authorize;
  readonly deliver?: (event: ObjectEvent) => Promise<void> | void;
  readonly onLeftOut?: (bucket: string, path: string, reason: string) => void;
  /** How long a client may send nothing in the middle of a request, in milliseconds. */
  readonly silence?: number;
}

/** An endpoint with an object store behind it, and a client that has the developer's key. */
export interface ObjectStoreFixture {
  readonly folder: string;
  readonly database: DatabaseSync;
  readonly identity: Identity;
  readonly store: ObjectStore;
  readonly port: number;
  readonly client: S3Client;
  /** Every event that was delivered, in order. */
  readonly events: ObjectEvent[];
  /** Errors that nobody waited for; a test may expect none. */
  readonly faults: unknown[];
  newClient(config?: S3ClientConfig): S3Client;
  /** Sends a signed request without a body; resolves to the whole answer as it came, in Latin-1. */
  raw(method: string, path: string, headers?: Readonly<Record<string, string>>): Promise<{ body: string }>;
  /** Resolves once no client is connected. */
  idle(): Promise<void>;
  /** Ends everything; the folder stays if it was given. */
  close(): Promise<void>;
}

export async function startObjectStore(options: FixtureOptions = {}): Promise<ObjectStoreFixture> {
  const folder = options.folder ?? fs.mkdtempSync(path.join(os.tmpdir(), "tandem-objects-"));
  const clock = options.clock ?? systemClock;
  const database = openDatabase(path.join(folder, "tandem.sqlite"));
  const events: ObjectEvent[] = [];
  const faults: unknown[] = [];
  const onFault = (error: unknown): number => faults.push(error);
  const deliver = options.deliver ?? ((event: ObjectEvent): void => void events.push(event));
  const { onLeftOut } = options;
  const store = new ObjectStore({ folder, database, clock, account: localAccount, deliver, onFault, onLeftOut });
  const identity = new Identity(database, localAccount);
  const service = new S3Service({ store, authorize: options.authorize ?? requireCaller, identity });
  const endpoint = new Endpoint({ services: [service], identity, clock, onFault, silence: options.silence });
  const port = await endpoint.listen();
  await store.start();
  const clients: S3Client[] = [];
  const newClient = (config: S3ClientConfig = {}): S3Client => {
    const client = new S3Client({
      endpoint: `http://127.0.0.1:${port}`,
      region: "us-east-1",
      credentials: identity.developer(),
      forcePathStyle: true,
      maxAttempts: 1,
      ...config,
    });
    clients.push(client);
    return client;
  };
  return {
    folder,
    database,
    identity,
    store,
    port,
    client: newClient(),
    events,
    faults,
    newClient,
    async raw(method, at, headers = {}) {
      const host = `127.0.0.1:${port}`;
      const all = { ...headers, "content-length": "0", connection: "close" };
      const head = signedHead(identity.developer(), { method, path: at, host, headers: all });
      return { body: await sendRaw(port, Buffer.from(head, "latin1")) };
    },
    async idle() {
      while ((await endpoint.connections()) > 0) await new Promise((resolve) => setImmediate(resolve));
    },
    async close() {
      for (const client of clients) client.destroy();
      await endpoint.close();
      await store.close();
      database.close();
      if (!options.folder) fs.rmSync(folder, { recursive: true, force: true });
    },
  };
}
