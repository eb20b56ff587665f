import * as pulumi from "@pulumi/pulumi";
import { expect } from "chai";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { Api, Bucket, Function, Queue, Task, type ApiArgs, type ApiRequest } from "../../components";
import { record, type RecordedApp } from "../../testing";
import { refusal } from "./refusal";

const typed = (name: string): string => `aws:apigatewayv2/${name.toLowerCase()}:${name}`;
const all = (app: RecordedApp, type: string) => app.resources.filter((resource) => resource.type === type);
const hello = async (): Promise<string> => "hello";

describe("Api", () => {
  it("is an HTTP API with one stage that logs each request, without CORS, within the account's limits", async () => {
    const app = await record(() => void new Api("web"));
    const api = app.component("Api", "web");
    expect(api.child(typed("Api")).inputs).to.deep.equal({ protocolType: "HTTP" });
    const stage = api.child(typed("Stage")).inputs;
    expect(stage).to.include({ name: "$default", autoDeploy: true });
    expect(stage).to.have.nested.property("accessLogSettings.format").that.includes("$context.routeKey");
    // Sent even so: the provider would keep limits that were taken out of the program.
    expect(stage.defaultRouteSettings).to.deep.equal({ throttlingRateLimit: 10_000, throttlingBurstLimit: 5000 });
    expect(api.child("aws:cloudwatch/logGroup:LogGroup", "web-access-log").inputs.retentionInDays).to.equal(14);
  });

  it("has CORS, a throttle and no access log when asked", async () => {
    const app = await record(() => {
      new Api("web", { cors: true, throttle: { rate: 5, burst: 10 }, accessLog: false });
      new Api("strict", {
        cors: { origins: ["https://example.com"], methods: ["GET"], headers: ["x-id"], credentials: true, maxAge: 60 },
        accessLog: { retention: 30 },
      });
    });
    expect(app.component("Api", "web").child(typed("Api")).inputs.corsConfiguration).to.deep.equal({
      allowOrigins: ["*"],
      allowMethods: ["*"],
      allowHeaders: ["*"],
      maxAge: 3600,
    });
    const stage = app.component("Api", "web").child(typed("Stage")).inputs;
    expect(stage.defaultRouteSettings).to.deep.equal({ throttlingRateLimit: 5, throttlingBurstLimit: 10 });
    expect(stage).not.to.have.property("accessLogSettings");
    expect(app.component("Api", "strict").child(typed("Api")).inputs.corsConfiguration).to.deep.include({
      allowOrigins: ["https://example.com"],
      allowCredentials: true,
    });
    expect(app.component("Api", "strict").child("aws:cloudwatch/logGroup:LogGroup").inputs.retentionInDays).to.equal(
      30,
    );
  });

  it("answers at its own domain, with a certificate and records where a zone is given", async () => {
    const app = await record(() => {
      const made = new Api("web", { domain: { name: "api.example.com", zoneId: "Z1" } });
      new Api("other", { domain: { name: "b.example.com", certificateArn: "arn:aws:acm:us-east-1:1:certificate/1" } });
      return { url: made.url };
    });
    const web = app.component("Api", "web");
    expect(await (app.exports.url as { promise(): Promise<string> }).promise()).to.equal("https://api.example.com");
    expect(web.child("aws:acm/certificate:Certificate").inputs).to.include({ validationMethod: "DNS" });
    expect(web.child(typed("DomainName").replace("domainname", "domainName")).inputs).to.have.nested.property(
      "domainNameConfiguration.securityPolicy",
      "TLS_1_2",
    );
    expect(web.child("aws:apigatewayv2/apiMapping:ApiMapping").inputs).to.include({ stage: "$default" });
    const records = web.children.filter(({ type }) => type === "aws:route53/record:Record");
    expect(records.map(({ inputs }) => inputs.type)).to.include.members(["A", "AAAA"]);
    const other = app.component("Api", "other").children.map(({ type }) => type);
    expect(other).not.to.include.members(["aws:acm/certificate:Certificate", "aws:route53/record:Record"]);
  });
});

describe("a route", () => {
  it("leads to its handler's function, which only this route may call", async () => {
    const app = await record(() => void new Api("web").get("/scenes/{id}", hello));
    const api = app.component("Api", "web");
    expect(api.child(typed("Route")).inputs).to.include({ routeKey: "GET /scenes/{id}", authorizationType: "NONE" });
    expect(api.child(typed("Integration")).inputs).to.include({
      integrationType: "AWS_PROXY",
      payloadFormatVersion: "2.0",
      timeoutMilliseconds: 29_000,
    });
    const permission = api.child("aws:lambda/permission:Permission").inputs;
    expect(permission).to.include({ principal: "apigateway.amazonaws.com", action: "lambda:InvokeFunction" });
    expect(permission.sourceArn).to.match(
      /^arn:aws:execute-api:us-east-1:000000000000:[a-z0-9]{10}\/\*\/GET\/scenes\/\*$/,
    );
    expect(app.component("Route", "web-get-scenes-id").outputs.routeKey).to.equal("GET /scenes/{id}");
  });

  it("shares the function with routes that have the same handler and settings, all of which may call it", async () => {
    const app = await record(() => {
      const api = new Api("web");
      const first = api.get("/a", hello);
      const second = api.any("/b/{rest+}", hello, {});
      expect(second.function).to.equal(first.function);
      expect(api.post("/a", hello, { memory: 256 }).function).not.to.equal(first.function);
      expect(api.put("/a", hello, { body: { type: "object" } }).function).not.to.equal(first.function);
      expect(api.put("/b", hello, { body: { type: "object" } }).function).not.to.equal(first.function);
    });
    expect(all(app, "aws:lambda/function:Function")).to.have.length(3);
    expect(all(app, typed("Integration"))).to.have.length(3);
    const arns = all(app, "aws:lambda/permission:Permission").map(
      ({ inputs }) => String(inputs.sourceArn).split("/*/")[1],
    );
    // One for all routes of the API where several share a function: its policy has room for some fifty.
    expect(arns).to.have.members(["*", "POST/a", "*"]);
  });

  it("has every method, a path for what matches no other, and its own name", async () => {
    const app = await record(() => {
      const api = new Api("web");
      for (const method of ["get", "post", "put", "patch", "delete", "head", "options", "any"] as const) {
        api[method]("/x", hello);
      }
      api.route("get", "/", hello);
      api.any("$default", hello);
      // The names of these two would be the same.
      api.get("/x/id", hello);
      api.get("/x/{id}", hello);
    });
    expect(all(app, typed("Route")).map(({ inputs }) => inputs.routeKey)).to.have.members([
      ...["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS", "ANY"].map((method) => `${method} /x`),
      "GET /",
      "$default",
      "GET /x/id",
      "GET /x/{id}",
    ]);
  });

  it("may be a Task's, which is started with the request", async () => {
    const app = await record(() => {
      const render = new Task("render", { image: "alpine:3.22" });
      new Api("web").post("/renders", render);
    });
    expect(app.permissions("web-post-renders").flatMap(({ actions }) => actions)).to.include("ecs:RunTask");
  });

  it("lets in whom its auth lets in", async () => {
    const app = await record(() => {
      const api = new Api("web", {
        authorizers: {
          users: { issuer: "https://id.example.com", audience: "web", scopes: ["read"] },
          keys: { handler: async (request) => request.headers.get("x-key") === "open", headers: ["x-key"], ttl: 60 },
        },
      });
      api.get("/mine", hello, { auth: "users" });
      api.get("/keyed", hello, { auth: "keys" });
      const signed = api.get("/signed", hello, { auth: "iam" });
      new Function("caller", async () => undefined, { grants: [api.can("invoke")] });
      return { signed };
    });
    const route = (key: string) => all(app, typed("Route")).find(({ inputs }) => inputs.routeKey === key)?.inputs;
    expect(route("GET /mine")).to.deep.include({ authorizationType: "JWT", authorizationScopes: ["read"] });
    expect(route("GET /keyed")).to.include({ authorizationType: "CUSTOM" });
    expect(route("GET /signed")).to.include({ authorizationType: "AWS_IAM" });
    const authorizers = all(app, typed("Authorizer")).map(({ inputs }) => inputs);
    expect(authorizers[0]).to.deep.include({
      authorizerType: "JWT",
      jwtConfiguration: { issuer: "https://id.example.com", audiences: ["web"] },
    });
    expect(authorizers[1]).to.deep.include({
      authorizerType: "REQUEST",
      enableSimpleResponses: true,
      authorizerResultTtlInSeconds: 60,
      identitySources: ["$request.header.x-key", "$context.routeKey"],
    });
    expect(app.permissions("caller")[0]?.actions).to.deep.equal(["execute-api:Invoke"]);
  });

  it("may do what its handler captures", async () => {
    const app = await record(() => {
      const scenes = new Bucket("scenes");
      new Api("web").get("/scenes/{id}", async (request) => scenes.getText(request.params.id ?? ""));
    });
    expect(app.permissions("web-get-scenes-id").flatMap(({ actions }) => actions)).to.include("s3:GetObject");
  });
});

describe("a static route", () => {
  let folder: string;
  const write = (file: string, text: string): void => {
    fs.mkdirSync(path.dirname(path.join(folder, file)), { recursive: true });
    fs.writeFileSync(path.join(folder, file), text);
  };

  beforeEach(() => {
    folder = fs.mkdtempSync(path.join(os.tmpdir(), "tandem-static-"));
    write("index.html", "<h1>Scenes</h1>");
    write("assets/page.js", "1");
  });
  afterEach(() => fs.rmSync(folder, { recursive: true, force: true }));

  it("is deployed anew when a file of its folder changes or comes", async () => {
    const told = new Set<string>();
    const sink = Symbol.for("tandem.sourceFiles");
    Object.assign(globalThis, { [sink]: told });
    try {
      await record(() => void new Api("web").static("/", folder));
      expect([...told]).to.include(folder);
    } finally {
      Object.assign(globalThis, { [sink]: undefined });
    }
  });

  it("deploys its files to a bucket that only its function may read", async () => {
    write(".env", "SECRET=1");
    write(".well-known/security.txt", "Contact: us");
    const app = await record(() => void new Api("web").static("/", folder));
    const files = all(app, "aws:s3/bucketObject:BucketObject").map(({ inputs }) => inputs);
    expect(files.map(({ key, contentType }) => `${String(key)} ${String(contentType)}`)).to.deep.equal([
      ".well-known/security.txt text/plain; charset=utf-8",
      "assets/page.js text/javascript; charset=utf-8",
      "index.html text/html; charset=utf-8",
    ]);
    expect(all(app, typed("Route")).map(({ inputs }) => inputs.routeKey)).to.have.members([
      "GET /",
      "HEAD /",
      "GET /{file+}",
      "HEAD /{file+}",
    ]);
    const [, read] = app.permissions("web-get-files");
    expect(read?.actions).to.deep.equal(["s3:GetObject"]);
    expect(app.permissions("web-get-files")).to.have.length(2);
  });

  it("finds names that functions and buckets take, whatever those of the API and the path", async () => {
    const app = await record(() => {
      const path = "/a-rather-long-path/to/where-the-documentation/stands";
      new Api("my_api").static(path, folder);
      new Api("other_api").static("/docs", folder);
    });
    const [long, short] = app.resources.filter(({ type }) => type === "tandem:index:Bucket").map(({ name }) => name);
    expect(long).to.match(/^my-api-get-a-rather-long-path-t-[0-9a-f]{6}-files$/);
    expect(short).to.equal("other-api-get-docs-files");
  });

  it("is refused where a folder or file is missing, a link leads out of it, or it is to have auth", async () => {
    const code = async (program: () => unknown): Promise<string> => (await refusal(program)).code;
    expect(await code(() => new Api("web").static("/", path.join(folder, "no")))).to.equal("ERR_STATIC_FOLDER");
    expect(await code(() => new Api("web").static("/", folder, { notFound: "404.html" }))).to.equal(
      "ERR_STATIC_FOLDER",
    );
    expect(await code(() => new Api("web").static("/", folder, { auth: "iam" } as object))).to.equal("ERR_ROUTE_AUTH");
    expect(await code(() => new Api("web").static("docs", folder))).to.equal("ERR_ROUTE_PATH");
    fs.symlinkSync("/etc/hostname", path.join(folder, "leak.txt"));
    const error = await refusal(() => new Api("web").static("/", folder));
    expect(error.message).to.match(/ERR_STATIC_FOLDER[^]*leak\.txt, a link that leads out of the folder/);
  });
});

describe("a proxy route", () => {
  it("passes on what stands beneath it", async () => {
    const app = await record(() => {
      const api = new Api("web");
      api.proxy("/legacy", "https://example.com/api/");
      api.proxy("/all/{rest+}", "https://example.com");
    });
    const uris = all(app, typed("Integration")).map(({ inputs }) => inputs.integrationUri);
    expect(uris).to.have.members([
      "https://example.com/api/",
      "https://example.com/api/{proxy}",
      "https://example.com/{rest}",
    ]);
    expect(all(app, "aws:lambda/permission:Permission")).to.be.empty;
  });

  it("is refused where the address is none", async () => {
    for (const url of ["example.com", "ftp://example.com", "https://example.com/?a=1", "https://example.com/{x}"]) {
      expect((await refusal(() => new Api("web").proxy("/x", url))).code).to.equal("ERR_ROUTE_PROXY");
    }
  });
});

describe("an api in a preview", () => {
  it("makes what a deployment makes, though nothing is known of what others make", async () => {
    const folder = fs.mkdtempSync(path.join(os.tmpdir(), "tandem-preview-"));
    fs.writeFileSync(path.join(folder, "index.html"), "");
    const program = (): void => {
      const { url, arn, deadLetters } = new Queue("jobs");
      const existing = Queue.fromUrl<number>("existing", url);
      const authorizers = {
        users: { issuer: pulumi.interpolate`https://${arn}`, audience: arn },
        keys: { handler: async () => true, headers: ["x-key"], ttl: 5 },
      };
      const domain = { name: pulumi.interpolate`${arn}.example.com`, zoneId: arn };
      const api = new Api("web", { cors: true, domain, authorizers });
      api.get("/sent", async () => existing.send(1), { auth: "users", query: { type: "object" } });
      api.post("/url", async () => url.get(), { auth: "iam" });
      api.any("$default", async () => deadLetters.redrive(), { auth: "keys" });
      api.static("/", folder);
      api.proxy("/self", api.url);
      new Function("caller", async () => undefined, { grants: [api.can("invoke"), existing.can("send", "receive")] });
    };
    const names = ({ resources }: RecordedApp): string[] => resources.map(({ type, name }) => `${type} ${name}`).sort();
    const [preview, deployed] = [await record(program, { preview: true }), await record(program)];
    fs.rmSync(folder, { recursive: true });
    expect(names(preview)).to.deep.equal(names(deployed));
  });
});

describe("an api refuses", () => {
  const route = async (path: string, args = {}) =>
    (await refusal(() => new Api("web").get(path, hello, args))).problems[0];

  it("paths that API Gateway does not take, with the way to write them", async () => {
    const fixes: Record<string, RegExp> = {
      scenes: /start it with a slash: "\/scenes"/,
      "/scenes/": /without a slash at the end/,
      "//scenes": /without empty parts/,
      "/scenes/:id": /\{id\}/,
      "/scenes/x{id}": /a whole part of the path/,
      "/{rest+}/more": /put \{rest\+\} at the end/,
      "/{id}/{id}": /\{id\} stands there twice/,
      "/a b": /a%20b/,
    };
    for (const [given, fix] of Object.entries(fixes)) {
      expect(await route(given))
        .to.have.property("fix")
        .that.matches(fix);
      expect((await route(given))?.code).to.equal("ERR_ROUTE_PATH");
    }
  });

  it("the same route twice, whatever its variables are called", async () => {
    const error = await refusal(() => {
      const api = new Api("web");
      api.get("/a/{x}", hello);
      api.get("/a/{y}", hello);
    });
    expect(error.problems[0]).to.include({ code: "ERR_ROUTE_DUPLICATE", got: "GET /a/{y}" });
  });

  it("an unknown authorizer, schemas that are none, and timeouts nobody waits for", async () => {
    expect(await route("/a", { auth: "imm" })).to.include({ code: "ERR_ROUTE_AUTH", fix: 'did you mean "iam"?' });
    expect(await route("/a", { body: { type: "objekt" } })).to.include({ code: "ERR_ROUTE_SCHEMA" });
    expect(await route("/a", { query: { properties: { n: { typo: 1 } } } }))
      .to.have.property("got")
      .that.includes("typo");
    expect(await route("/a", { timeout: 31 })).to.include({ code: "ERR_ARGUMENT_RANGE", got: "timeout = 31" });
    expect(await route("$default")).to.include({ code: "ERR_ROUTE_PATH", fix: 'use any("$default", handler)' });
    expect((await refusal(() => new Api("web").route("LINK" as "get", "/a", hello))).code).to.equal(
      "ERR_ARGUMENT_RANGE",
    );
  });

  it("settings out of range and halves of settings, all at once", async () => {
    const args = {
      cors: { origins: ["*"], credentials: true },
      domain: { name: "api.example.com" },
      throttle: { rate: 5 },
      accessLog: { retention: 4 },
      authorizers: {
        none: { issuer: "https://id.example.com", audience: "web" },
        users: { issuer: "id.example.com", audience: "" },
        keys: { handler: async (request: ApiRequest) => request.url !== "", ttl: 60 },
      },
      corz: true,
    };
    const { problems } = await refusal(() => new Api("web", args as unknown as ApiArgs));
    expect(problems.map(({ got }) => String(got).slice(0, 30))).to.deep.equal([
      "corz = true",
      'cors = {"origins":["*"],"crede',
      'domain = {"name":"api.example.',
      'throttle = {"rate":5}',
      "logRetention = 4",
      'authorizers.none = {"issuer":"',
      'authorizers.users.issuer = "id',
      'authorizers.users.audience = "',
      "ttl = 60",
    ]);
  });

  it("zones and certificates of a domain by anything but their id and ARN", async () => {
    const domain = { name: "api.example.com", zoneId: "example.com", certificateArn: "my-certificate" };
    const { problems } = await refusal(() => new Api("web", { domain }));
    expect(problems.map(({ got, fix }) => `${got}: ${fix}`)).to.deep.equal([
      'zoneId = "example.com": use an id that aws route53 list-hosted-zones shows',
      'certificateArn = "my-certificate": use an ARN that aws acm list-certificates shows',
    ]);
  });
});
