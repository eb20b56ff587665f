import http from "node:http";
import net from "node:net";

import { InvokeCommand, LambdaClient } from "@aws-sdk/client-lambda";
import { expect } from "chai";

import { localAccount } from "../../../../engine/services/account";
import { openDatabase } from "../../../../engine/services/database";
import { Endpoint } from "../../../../engine/services/endpoint/endpoint";
import { Identity, type Credentials } from "../../../../engine/services/identity/identity";
import { AwsError, type AwsRequest, type AwsResponse } from "../../../../engine/services/protocol/message";
import type { AwsService } from "../../../../engine/services/protocol/operation";
import { FakeClock } from "../../../../testing/fake-clock";
import { sendRaw } from "./raw-http";
import { signedHead, type RequestToSign } from "./signed-request";

/** A service that answers with what it was sent. */
class EchoService implements AwsService {
  public readonly operations = [];
  public readonly requests: AwsRequest[] = [];

  public constructor(
    public readonly signingName: string,
    private readonly fail?: Error,
  ) {}

  public async handle(request: AwsRequest): Promise<AwsResponse> {
    this.requests.push(request);
    let body = "";
    for await (const chunk of request.body) body += String(chunk);
    if (this.fail) throw this.fail;
    return { status: 200, headers: { "content-type": "application/json" }, body: JSON.stringify({ body }) };
  }

  public formatError(error: AwsError): AwsResponse {
    return { status: error.status, headers: { "x-amzn-errortype": error.code }, body: JSON.stringify(error.message) };
  }
}

interface Running {
  readonly endpoint: Endpoint;
  readonly port: number;
  readonly faults: unknown[];
  readonly credentials: Credentials;
  lambda(config?: object): LambdaClient;
}

const ended: (() => Promise<void>)[] = [];

async function start(services: AwsService[], options: { control?: http.RequestListener } = {}): Promise<Running> {
  const database = openDatabase(":memory:");
  const identity = new Identity(database, localAccount);
  const faults: unknown[] = [];
  const { control } = options;
  const endpoint = new Endpoint({
    services,
    identity,
    clock: new FakeClock(Date.now()),
    onFault: (error) => faults.push(error),
    control: control && ((request, response) => Promise.resolve(control(request, response))),
  });
  const port = await endpoint.listen();
  const base = {
    endpoint: `http://127.0.0.1:${port}`,
    region: "us-east-1",
    credentials: identity.developer(),
    maxAttempts: 1,
  };
  const lambda = (config: object = {}): LambdaClient => new LambdaClient({ ...base, ...config });
  ended.push(async () => {
    await endpoint.close();
    database.close();
  });
  return { endpoint, port, faults, credentials: identity.developer(), lambda };
}

function fetchPlain(port: number, path: string, headers: Record<string, string> = {}): Promise<http.IncomingMessage> {
  return new Promise((resolve, reject) => {
    http
      .get({ port, path, headers, host: "127.0.0.1", agent: false }, (response) => {
        response.resume();
        resolve(response);
      })
      .on("error", reject);
  });
}

describe("Endpoint", () => {
  afterEach(async () => {
    for (const end of ended.splice(0)) await end();
  });

  it("hands a signed request to the service it was signed for, with its caller", async () => {
    const [lambda, other] = [new EchoService("lambda"), new EchoService("s3")];
    const { lambda: client } = await start([other, lambda]);
    const { Payload } = await client().send(new InvokeCommand({ FunctionName: "f", Payload: '{"a":1}' }));
    expect(JSON.parse(Buffer.from(Payload ?? []).toString())).to.deep.equal({ body: '{"a":1}' });
    expect(lambda.requests[0]?.caller?.arn).to.equal("arn:aws:iam::000000000000:user/developer");
    expect(other.requests).to.have.length(0);
  });

  it("accepts signed paths that contain escapes", async () => {
    const service = new EchoService("lambda");
    const { lambda } = await start([service]);
    await lambda().send(new InvokeCommand({ FunctionName: "arn:aws:lambda:us-east-1:000000000000:function:f (1)" }));
    expect(service.requests[0]?.rawPath).to.contain("f%20%281%29");
  });

  it("refuses a wrong secret and an unknown key", async () => {
    const { lambda } = await start([new EchoService("lambda")]);
    const { accessKeyId } = await lambda().config.credentials();
    const attempt = async (credentials: object): Promise<string> => {
      const call = lambda({ credentials }).send(new InvokeCommand({ FunctionName: "f" }));
      return call.then(String, (error: Error) => error.name);
    };
    expect(await attempt({ accessKeyId, secretAccessKey: "wrong" })).to.equal("InvalidSignatureException");
    expect(await attempt({ accessKeyId: "AKIANOBODY", secretAccessKey: "x" })).to.equal("UnrecognizedClientException");
  });

  it("refuses a body that is not the one that was signed", async () => {
    const service = new EchoService("lambda");
    const { lambda } = await start([service]);
    const client = lambda();
    client.middlewareStack.add(
      (next) => (args) => {
        const request = args.request as { body: string };
        request.body = request.body.replace("1", "2");
        return next(args);
      },
      { step: "finalizeRequest", priority: "low" },
    );
    const error = await client
      .send(new InvokeCommand({ FunctionName: "f", Payload: '{"a":1}' }))
      .catch((thrown: Error) => thrown);
    expect(error).to.have.property("name", "InvalidSignatureException");
  });

  it("answers unsigned requests to services other than S3 with a missing token", async () => {
    const { port } = await start([new EchoService("lambda"), new EchoService("s3")]);
    const response = await fetchPlain(port, "/", { "x-amz-target": "Logs_20140328.PutLogEvents" });
    expect(response.statusCode).to.equal(403);
    expect(response.headers["x-amzn-errortype"]).to.equal("MissingAuthenticationTokenException");
  });

  it("passes other unsigned requests to S3, without a caller", async () => {
    const s3 = new EchoService("s3");
    const { port } = await start([s3]);
    await fetchPlain(port, "/bucket/key");
    expect(s3.requests[0]?.caller).to.equal(undefined);
  });

  it("says which service does not run here", async () => {
    const { lambda } = await start([new EchoService("s3"), new EchoService("sqs")]);
    const error = await lambda()
      .send(new InvokeCommand({ FunctionName: "f" }))
      .catch((thrown: Error) => thrown);
    expect(error).to.have.property("name", "UnknownOperationException");
    expect(error).to.have.property("message", 'The service "lambda" does not run on this machine; s3, sqs do.');
  });

  it("says so in the protocol that the client speaks", async () => {
    const { port, credentials } = await start([]);
    const ask = (service: string, headers: Record<string, string>, path = "/"): Promise<string> =>
      sendRaw(
        port,
        signedHead(credentials, {
          method: "POST",
          path,
          host: `127.0.0.1:${port}`,
          service,
          headers: { ...headers, "content-length": "0", connection: "close" },
        }),
      );
    const form = { "content-type": "application/x-www-form-urlencoded" };
    expect(await ask("sns", form)).to.match(/<ErrorResponse xmlns=.*<Code>UnknownOperationException<\/Code>/);
    expect(await ask("ec2", form)).to.match(/<Response><Errors><Error><Code>UnknownOperationException<\/Code>/);
    expect(await ask("route53", {}, "/2013-04-01/hostedzone")).to.contain("<ErrorResponse");
    const json = await ask("dynamodb", { "content-type": "application/x-amz-json-1.0" });
    expect(json).to.contain('"__type":"UnknownOperationException"');
    const cbor = await ask("monitoring", { "content-type": "application/cbor", "smithy-protocol": "rpc-v2-cbor" });
    expect(cbor).to.contain("smithy-protocol: rpc-v2-cbor").and.contain("UnknownOperationException");
  });

  it("refuses a signed request to S3 that says nothing of its body", async () => {
    const { port, credentials } = await start([new EchoService("s3")]);
    const request = { method: "GET", path: "/b/k", host: `127.0.0.1:${port}`, headers: { connection: "close" } };
    const head = signedHead(credentials, request).replace(/x-amz-content-sha256: .*\r\n/, "");
    expect(await sendRaw(port, head)).to.contain("Missing required header for this request: x-amz-content-sha256");
    const wrong = signedHead(credentials, { ...request, payloadHash: "UNSIGNED" });
    expect(await sendRaw(port, wrong)).to.contain("x-amz-content-sha256 must be UNSIGNED-PAYLOAD");
  });

  it("refuses other regions, invented tokens, other ways to sign and clocks that are off", async () => {
    const { port, credentials } = await start([new EchoService("s3"), new EchoService("lambda")]);
    const ask = (request: Partial<RequestToSign>, more = ""): Promise<string> => {
      const head = signedHead(credentials, {
        method: "GET",
        path: "/bucket/key",
        host: `127.0.0.1:${port}`,
        ...request,
        headers: { ...request.headers, connection: "close" },
      });
      return sendRaw(port, more === "" ? head : head.replace(/authorization: .*\r\n/, more));
    };
    expect(await ask({ region: "eu-west-1" })).to.contain("the region 'eu-west-1' is wrong; expecting 'us-east-1'");
    expect(await ask({ region: "eu-west-1", service: "lambda" })).to.contain("Credential should be scoped to a valid");
    const token = { "x-amz-security-token": "invented" };
    expect(await ask({ headers: token })).to.contain("The provided token is malformed or otherwise invalid.");
    expect(await ask({ headers: token, service: "lambda" })).to.contain("UnrecognizedClientException");
    expect(await ask({}, "authorization: Basic abc\r\n")).to.contain("Unsupported Authorization Type");
    const target = { "x-amz-target": "Service.Operation" };
    const basic = await ask({ headers: target }, "authorization: Basic abc\r\n");
    expect(basic).to.contain("IncompleteSignatureException");
    const early = await ask({ service: "lambda", time: Date.now() - 20 * 60_000 });
    expect(early).to.match(
      /Signature expired: \d{8}T\d{6}Z is now earlier than \d{8}T\d{6}Z \(\d{8}T\d{6}Z - 15 min\.\)/,
    );
    expect(await ask({ time: Date.now() - 20 * 60_000 })).to.contain("The difference between the request time");
  });

  it("puts a request id on every answer", async () => {
    const { port } = await start([new EchoService("s3")]);
    for (const path of ["/bucket/key", "/_tandem/nothing"]) {
      const { headers } = await fetchPlain(port, path);
      expect(headers["x-amzn-requestid"], path).to.match(/^[\da-f-]{36}$/);
      expect(headers["x-amz-request-id"], path).to.equal(headers["x-amzn-requestid"]);
    }
  });

  it("answers a bug of a service with InternalFailure, reports it once, and goes on", async () => {
    const bug = new Error("secret detail");
    const { lambda, faults } = await start([new EchoService("lambda", bug)]);
    for (let attempt = 0; attempt < 2; attempt += 1) {
      const error = await lambda()
        .send(new InvokeCommand({ FunctionName: "f" }))
        .catch((thrown: Error) => thrown);
      expect(error).to.have.property("name", "InternalFailure");
      expect(String(error)).not.to.contain("secret");
    }
    expect(faults).to.deep.equal([bug, bug]);
  });

  it("lets only this machine's own names reach the control paths", async () => {
    const { port } = await start([], { control: (_request, response) => void response.end("controlled") });
    expect((await fetchPlain(port, "/_tandem/state")).statusCode).to.equal(200);
    expect((await fetchPlain(port, "/_tandem/state", { host: "localhost:4566" })).statusCode).to.equal(200);
    expect((await fetchPlain(port, "/_tandem/state", { host: "evil.example" })).statusCode).to.equal(403);
  });

  it("answers a fault on a control path with 500, or ends an answer that has begun, and reports it", async () => {
    const fault = new Error("broken");
    const { port, faults } = await start([], {
      control(request, response) {
        if (request.url === "/_tandem/late") response.writeHead(200, { "content-length": 10 }).write("begun");
        throw fault;
      },
    });
    expect((await fetchPlain(port, "/_tandem/early")).statusCode).to.equal(500);
    const late = await fetchPlain(port, "/_tandem/late").catch((error: unknown) => error);
    expect(late).to.have.property("code", "ECONNRESET");
    expect(faults).to.deep.equal([fault, fault]);
  });

  it("has no control paths where nobody answers them", async () => {
    const { port } = await start([]);
    expect((await fetchPlain(port, "/_tandem/state")).statusCode).to.equal(404);
  });

  it("listens on the loopback address only, and says when a port is taken", async () => {
    const { port } = await start([]);
    const other = new Endpoint({
      services: [],
      identity: new Identity(openDatabase(":memory:"), localAccount),
      clock: new FakeClock(0),
    });
    const error = await other.listen(port).catch((thrown: unknown) => thrown);
    expect(error).to.be.instanceOf(Error).with.property("code", "EADDRINUSE");
    const elsewhere = net.connect({ port, host: "127.0.0.2" });
    const refused = await new Promise((resolve) => {
      elsewhere.once("connect", () => resolve("connected"));
      elsewhere.once("error", (thrown: NodeJS.ErrnoException) => resolve(thrown.code));
    });
    elsewhere.destroy();
    expect(refused).to.equal("ECONNREFUSED");
  });

  it("answers what is not HTTP with a clean 400, and stays up", async () => {
    const { port } = await start([new EchoService("s3")]);
    const overflow = `GET / HTTP/1.1\r\nhost: x\r\nx-long: ${"a".repeat(20_000)}\r\n\r\n`;
    for (const bytes of ["NONSENSE\r\n\r\n", "GET / HTTP/9.9\r\n\r\n", "\u0000\u0001\r\n\r\n", overflow]) {
      expect(await sendRaw(port, bytes)).to.match(/^HTTP\/1\.1 400 Bad Request\r\n/);
    }
    expect((await fetchPlain(port, "/bucket/key")).statusCode).to.equal(200);
  });

  it("answers a body that ends too early with IncompleteBody", async () => {
    const { port } = await start([new EchoService("s3")]);
    const answer = await sendRaw(port, "PUT /b/k HTTP/1.1\r\nhost: x\r\ncontent-length: 10\r\n\r\nabc", {
      halfClose: true,
    });
    expect(answer).to.match(/^HTTP\/1\.1 400/);
    expect(answer).to.contain("x-amzn-errortype: IncompleteBody");
  });

  it("does not take a client that goes away for a fault", async () => {
    const service = new EchoService("s3");
    const { port, faults } = await start([service]);
    const socket = net.connect(port, "127.0.0.1");
    socket.write("PUT /b/k HTTP/1.1\r\nhost: x\r\ncontent-length: 10000000\r\n\r\nabc");
    while (service.requests.length === 0) await new Promise(setImmediate);
    const failed = new Promise((resolve) => service.requests[0]?.body.once("error", resolve));
    socket.destroy();
    await failed;
    expect((await fetchPlain(port, "/bucket/key")).statusCode).to.equal(200);
    expect(faults).to.deep.equal([]);
  });

  it("asks for the body of a request that waits for that only once the signature holds", async () => {
    const { port } = await start([new EchoService("s3")]);
    const put = "PUT /b/k HTTP/1.1\r\nhost: x\r\ncontent-length: 3\r\nexpect: 100-continue\r\nconnection: close\r\n";
    expect(await sendRaw(port, `${put}\r\nabc`)).to.match(/^HTTP\/1\.1 100 Continue\r\n\r\nHTTP\/1\.1 200/);
    const refused = await sendRaw(port, `${put}authorization: AWS4-HMAC-SHA256 nonsense\r\n\r\nabc`);
    expect(refused).to.match(/^HTTP\/1\.1 400/);
  });
});
