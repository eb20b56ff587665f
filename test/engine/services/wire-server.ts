import { randomUUID } from "node:crypto";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { Readable } from "node:stream";
import { AwsError, type AwsRequest, type AwsResponse } from "../../../engine/services/protocol/message";
import type { AwsService } from "../../../engine/services/protocol/operation";

/** Puts one service behind a real socket for a real SDK, without looking at signatures: that is the endpoint's part. */
export class WireServer {
  private readonly server: Server;
  public callerArn = "arn:aws:iam::000000000000:user/developer";

  public constructor(private service: AwsService) {
    this.server = createServer((request, response) => void this.answer(request, response));
  }

  /** Starts the server; resolves to what an SDK client is made with. */
  public async listen(): Promise<{
    endpoint: string;
    region: string;
    credentials: { accessKeyId: string; secretAccessKey: string };
  }> {
    await new Promise<void>((resolve) => this.server.listen(0, "127.0.0.1", resolve));
    const { port } = this.server.address() as AddressInfo;
    const credentials = { accessKeyId: "AKID", secretAccessKey: "secret" };
    return { endpoint: `http://127.0.0.1:${port}`, region: "us-east-1", credentials };
  }

  /** Puts another service in place of the one before. */
  public serve(service: AwsService): void {
    this.service = service;
  }

  public close(): void {
    this.server.close();
    this.server.closeAllConnections();
  }

  private async answer(incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
    const url = new URL(incoming.url ?? "/", `http://${incoming.headers.host ?? "127.0.0.1"}`);
    const request: AwsRequest = {
      id: randomUUID(),
      method: incoming.method ?? "GET",
      rawPath: url.pathname,
      query: url.searchParams,
      headers: incoming.headers,
      body: incoming,
      caller: { arn: this.callerArn, accessKeyId: "AKID" },
      endpoint: url.origin,
      signature: undefined,
      onGone: (callback) => outgoing.once("close", () => outgoing.writableFinished || callback()),
    };
    const answer = await this.service.handle(request).catch((error: unknown): AwsResponse => {
      const known = error instanceof AwsError ? error : new AwsError("InternalFailure", String(error), 500);
      return this.service.formatError(known, request);
    });
    for (const [name, value] of Object.entries(answer.headers ?? {}))
      if (value !== undefined) outgoing.setHeader(name, value);
    outgoing.statusCode = answer.status;
    if (answer.body instanceof Readable) answer.body.pipe(outgoing);
    else outgoing.end(answer.body);
  }
}
