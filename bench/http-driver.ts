import * as net from "node:net";
import { now, percentile } from "./measure";

/** What a driver came to, as its process prints it. */
export interface DriverResult {
  readonly requestsPerSecond: number;
  /** Milliseconds. */
  readonly p50: number;
  readonly p99: number;
  /** Answers with another status than 200. */
  readonly failed: number;
}

/** `http-driver.ts <url> <connections> <seconds>`: asks one request after the other on each of its connections. */
async function main([address = "", connections = "", seconds = ""]: readonly string[]): Promise<void> {
  const url = new URL(address);
  const request = Buffer.from(`GET ${url.pathname} HTTP/1.1\r\nhost: ${url.host}\r\n\r\n`);
  const end = now() + Number(seconds) * 1000;
  const taken: number[] = [];
  let failed = 0;
  const connection = (): Promise<void> =>
    new Promise((resolve, reject) => {
      const socket = net.connect({ port: Number(url.port), host: url.hostname, noDelay: true });
      let sent = 0;
      let answer = "";
      const ask = (): void => {
        sent = now();
        socket.write(request);
      };
      socket.on("connect", ask);
      socket.on("data", (chunk) => {
        answer += chunk.toString("latin1");
        if (!isWhole(answer)) return;
        taken.push(now() - sent);
        if (!answer.startsWith("HTTP/1.1 200 ")) failed += 1;
        answer = "";
        if (now() < end) return ask();
        socket.destroy();
        resolve();
      });
      socket.on("error", reject);
      socket.on("end", () => reject(new Error("the server closed the connection")));
    });
  const started = now();
  await Promise.all(Array.from({ length: Number(connections) }, connection));
  const result: DriverResult = {
    requestsPerSecond: taken.length / ((now() - started) / 1000),
    p50: percentile(taken, 0.5),
    p99: percentile(taken, 0.99),
    failed,
  };
  console.log(JSON.stringify(result));
}

/** Whether an answer has come to its end: it says how long it is, or is chunked. */
function isWhole(answer: string): boolean {
  const head = answer.indexOf("\r\n\r\n");
  if (head < 0) return false;
  const length = /^content-length: (\d+)/im.exec(answer.slice(0, head))?.[1];
  return length === undefined ? answer.endsWith("\r\n0\r\n\r\n") : answer.length >= head + 4 + Number(length);
}

if (require.main === module) void main(process.argv.slice(2));
