import * as fs from "node:fs";
import * as http from "node:http";
import * as os from "node:os";
import * as path from "node:path";
import { DatabaseSync } from "node:sqlite";
import { localAccount } from "../../../../engine/services/account";
import { Activity } from "../../../../engine/services/activity";
import { EngineEvents, type TimedEngineEvent } from "../../../../engine/services/engine-events";
import type {
  ApiDefinition,
  AuthorizerDefinition,
  IntegrationDefinition,
  RouteDefinition,
  StageDefinition,
} from "../../../../engine/services/http-apis/api-definition";
import type { HttpApi } from "../../../../engine/services/http-apis/http-api";
import { HttpApiService, type HttpApiServiceOptions } from "../../../../engine/services/http-apis/http-api-service";
import type { InvocationResult } from "../../../../engine/services/functions/function-definition";
import { Identity } from "../../../../engine/services/identity/identity";
import { LogService } from "../../../../engine/services/logs/log-service";
import { FakeClock } from "../../../../testing/fake-clock";

export interface Answer {
  readonly status: number;
  readonly headers: http.IncomingHttpHeaders;
  readonly body: string;
}

interface RequestOptions {
  readonly headers?: http.OutgoingHttpHeaders | readonly string[];
  readonly body?: string | Buffer;
}

/** What a function sees and answers in these tests. */
export type Handler = (event: Record<string, unknown>, functionArn: string) => unknown;

const functionArn = "arn:aws:lambda:us-east-1:000000000000:function:hello";

/** An HTTP API on a real socket, whose functions are functions of the test. */
export class HttpApiFixture {
  public readonly clock = new FakeClock();
  public readonly activity = new Activity();
  public readonly events = new EngineEvents(() => this.clock.now());
  public readonly seen: TimedEngineEvent[] = [];
  public readonly faults: unknown[] = [];
  public readonly database: DatabaseSync;
  public readonly identity: Identity;
  public readonly logs: LogService;
  public readonly service: HttpApiService;
  public handler: Handler = (event) => event;
  private readonly folder = fs.mkdtempSync(path.join(os.tmpdir(), "tandem-http-"));
  private ids = 0;

  public constructor(options: Partial<HttpApiServiceOptions> = {}) {
    this.events.listen((event) => this.seen.push(event));
    const { clock, events, activity } = this;
    this.database = options.database ?? new DatabaseSync(":memory:");
    this.identity = new Identity(this.database, localAccount);
    this.logs = new LogService({
      folder: this.folder,
      clock,
      events,
      account: localAccount,
      authorize: () => undefined,
    });
    this.service = new HttpApiService({
      ...{ clock, events, activity, database: this.database, identity: this.identity, logs: this.logs },
      account: localAccount,
      functions: { invoke: (arn, payload) => this.invoke(arn, payload) },
      onFault: (error) => this.faults.push(error),
      ...options,
    });
  }

  /** An open API with a stage `$default`. */
  public static async open(
    definition: Partial<ApiDefinition> = {},
    options: Partial<HttpApiServiceOptions> = {},
  ): Promise<HttpApiFixture> {
    const fixture = new HttpApiFixture(options);
    await fixture.service.define({ id: "a1b2c3d4e5", displayName: "web", ...definition });
    fixture.stage();
    await fixture.service.open();
    return fixture;
  }

  public get api(): HttpApi {
    const api = this.service.find("a1b2c3d4e5");
    if (api === undefined) throw new Error("there is no API");
    return api;
  }

  public get port(): number {
    return Number(new URL(this.service.endpoints.get("a1b2c3d4e5") ?? "").port);
  }

  public stage(changes: Partial<StageDefinition> = {}): void {
    const stage = { name: "$default", variables: {}, isDeployed: true, throttle: {}, routeThrottles: new Map() };
    this.api.putStage({ ...stage, ...changes });
  }

  /** A route to a function, unless `integration` says otherwise. */
  public route(
    key: string,
    integration: Partial<IntegrationDefinition> = {},
    changes: Partial<RouteDefinition> = {},
  ): RouteDefinition {
    const id = `i${++this.ids}`;
    this.api.putIntegration({
      id,
      type: "AWS_PROXY",
      subtype: undefined,
      uri: functionArn,
      method: "POST",
      payloadFormat: "2.0",
      timeout: 30_000,
      requestParameters: {},
      responseParameters: new Map(),
      ...integration,
    });
    const nobody = { authorization: "NONE", authorizerId: undefined, scopes: [] } as const;
    const route = { id: `r${this.ids}`, key, integrationId: id, ...nobody, ...changes };
    this.api.putRoute(route);
    return route;
  }

  public authorizer(definition: AuthorizerDefinition): void {
    this.api.putAuthorizer(definition);
  }

  /** Sends a request and reads its answer. */
  public send(method: string, target: string, { headers = {}, body }: RequestOptions = {}): Promise<Answer> {
    return new Promise((resolve, reject) => {
      const options = { host: "127.0.0.1", port: this.port, method, path: target, agent: false };
      const request = http.request({ ...options, headers: headers as http.OutgoingHttpHeaders }, (response) => {
        const chunks: Buffer[] = [];
        response.on("data", (chunk: Buffer) => chunks.push(chunk));
        response.on("error", reject);
        response.on("end", () => {
          const { statusCode: status = 0, headers } = response;
          resolve({ status, headers, body: Buffer.concat(chunks).toString("utf8") });
        });
      });
      request.on("error", reject);
      request.end(body);
    });
  }

  /** Sends a request to a function that answers with its event; resolves to the event. */
  public async event(method: string, target: string, options?: RequestOptions): Promise<Record<string, unknown>> {
    return JSON.parse((await this.send(method, target, options)).body) as Record<string, unknown>;
  }

  /** What people were told. */
  public notices(): string[] {
    return this.seen.flatMap((event) => (event.type === "notice" ? [event.message] : []));
  }

  public async close(): Promise<void> {
    await this.service.close();
    this.logs.close();
    fs.rmSync(this.folder, { recursive: true, force: true });
  }

  private async invoke(arn: string, payload: Buffer): Promise<InvocationResult> {
    const about = { requestId: "11111111-2222-3333-4444-555555555555", logTail: "" };
    try {
      const value = await this.handler(JSON.parse(payload.toString()) as Record<string, unknown>, arn);
      return { ...about, status: "succeeded", payload: Buffer.from(JSON.stringify(value) ?? "null") };
    } catch (error) {
      if (!(error instanceof Error) || error.name === "AwsError") throw error;
      const document = { errorType: error.name, errorMessage: error.message };
      return { ...about, status: "failed", payload: Buffer.from(JSON.stringify(document)), functionError: "Unhandled" };
    }
  }
}
