import { expect } from "chai";
import * as fs from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import * as os from "node:os";
import * as path from "node:path";
import * as sinon from "sinon";
import { main } from "../../../cli/main";
import { showReview } from "../../../cli/review/show-review";
import { emptyReport } from "./empty-report";

const nothing = { ...emptyReport, notes: ["compared with HEAD^1"], failures: [] };
const risky = {
  ...nothing,
  permissions: [
    {
      name: "onNew",
      gained: [{ effect: "allow" as const, action: "s3:GetObject", resource: "media/*", condition: "" }],
      lost: [],
    },
  ],
  dataAtRisk: [{ name: "media", type: "aws:s3/bucket:Bucket", change: "deleted" as const, protect: false }],
};

interface Comment {
  id: number;
  body: string;
  user: { type: string };
}

describe("tandem review", () => {
  let folder: string;
  let server: Server;
  let comments: Comment[];
  let labels: string[];
  let calls: string[];
  let forbidden: boolean;

  /** As much of GitHub as is asked for, in memory. */
  const answer = (method: string, url: URL, body: { body?: string; labels?: string[] }): unknown => {
    const edited = /comments\/(\d+)$/.exec(url.pathname)?.[1];
    if (edited !== undefined) {
      const comment = comments.find(({ id }) => id === Number(edited));
      if (comment !== undefined) comment.body = body.body ?? "";
      return comment;
    }
    if (url.pathname.endsWith("/comments")) {
      const page = Number(url.searchParams.get("page") ?? 1);
      if (method === "GET") return comments.slice((page - 1) * 100, page * 100);
      comments.push({ id: comments.length + 1, body: body.body ?? "", user: { type: "Bot" } });
      return comments.at(-1);
    }
    if (method === "POST") labels.push(...(body.labels ?? []));
    if (method === "DELETE")
      labels = labels.filter((name) => name !== decodeURIComponent(url.pathname.split("/").at(-1) ?? ""));
    return labels.map((name) => ({ name }));
  };

  beforeEach(async () => {
    folder = fs.mkdtempSync(path.join(os.tmpdir(), "tandem-review-"));
    [comments, labels, calls, forbidden] = [[], [], [], false];
    server = createServer((request, response) => {
      let text = "";
      request.on("data", (chunk: Buffer) => (text += chunk.toString("utf8")));
      request.on("end", () => {
        const url = new URL(request.url ?? "/", "http://localhost");
        calls.push(`${request.method ?? ""} ${url.pathname} ${request.headers.authorization ?? ""}`);
        const isRefused = forbidden && request.method !== "GET";
        response.writeHead(isRefused ? 403 : 200, { "content-type": "application/json" });
        response.end(
          JSON.stringify(
            isRefused ? {} : answer(request.method ?? "", url, text === "" ? {} : (JSON.parse(text) as object)),
          ),
        );
      });
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    fs.writeFileSync(path.join(folder, "event.json"), JSON.stringify({ pull_request: { number: 7 } }));
  });
  afterEach(async () => {
    await new Promise((resolve) => server.close(resolve));
    fs.rmSync(folder, { recursive: true });
  });

  const review = async (
    report: object,
    options: Partial<Parameters<typeof showReview>[1]> = {},
    env: NodeJS.ProcessEnv = {},
  ): Promise<string> => {
    fs.writeFileSync(path.join(folder, "diff.json"), JSON.stringify(report));
    const written = sinon.stub(process.stdout, "write");
    try {
      await showReview(
        path.join(folder, "diff.json"),
        { name: "app", comment: true, labels: true, ...options },
        {
          GITHUB_API_URL: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
          GITHUB_EVENT_PATH: path.join(folder, "event.json"),
          GITHUB_REPOSITORY: "us/app",
          GITHUB_TOKEN: "token",
          GITHUB_OUTPUT: path.join(folder, "output"),
          GITHUB_STEP_SUMMARY: path.join(folder, "summary"),
          ...env,
        },
      );
      return written.args.map(([chunk]) => String(chunk)).join("");
    } finally {
      written.restore();
    }
  };
  const file = (name: string): string => fs.readFileSync(path.join(folder, name), "utf8");

  it("comments once, and writes that comment anew", async () => {
    await review(risky);
    await review(nothing);
    await review(risky);
    expect(comments).to.have.length(1);
    expect(comments[0]?.body).to.match(/^<!-- tandem diff: app -->\n### app · dev: permissions gained by 1 handler/);
    expect(calls[0]).to.equal("GET /repos/us/app/issues/7/comments Bearer token");
  });

  it("says in an earlier comment that nothing has changed, and makes none for it", async () => {
    await review(nothing);
    expect(comments).to.be.empty;
    await review(risky);
    await review(nothing);
    expect(comments[0]?.body).to.include("nothing has changed");
  });

  it("finds its comment among many, and leaves those of people and of other projects alone", async () => {
    comments = Array.from({ length: 130 }, (_, index) => ({
      id: index + 1,
      body:
        index === 120 ? "<!-- tandem diff: app -->\nold" : index === 3 ? "<!-- tandem diff: other -->\nolder" : "hello",
      user: { type: "Bot" },
    }));
    comments[1] = { id: 2, body: "<!-- tandem diff: app -->\nmine", user: { type: "User" } };
    await review(risky);
    expect(comments).to.have.length(130);
    expect(comments[120]?.body).to.include("Data at risk");
    expect(comments[1].body).to.include("mine");
    expect(comments[3]?.body).to.include("older");
  });

  it("puts labels on, takes its own away, and leaves others", async () => {
    labels = ["bug", "newly public"];
    await review(risky);
    expect(labels).to.have.members(["bug", "permissions gained", "data at risk"]);
    await review(nothing);
    expect(labels).to.deep.equal(["bug"]);
  });

  it("writes the summary and the outputs", async () => {
    await review(risky);
    expect(file("summary")).to.include("**Data at risk**");
    expect(file("output")).to.equal("changed=true\npermissions-gained=true\ndata-at-risk=true\n");
  });

  it("is content with the summary where it may not write, as in pull requests from forks", async () => {
    forbidden = true;
    expect(await review(risky)).to.match(/^::notice::GitHub did not let the comment be written/);
    expect(file("summary")).to.include("**Data at risk**");
    expect(comments).to.be.empty;
  });

  it("asks GitHub for nothing outside pull requests, without a token, or when it is told not to", async () => {
    await review(risky, { comment: false, labels: false });
    await review(risky, {}, { GITHUB_TOKEN: "" });
    fs.writeFileSync(path.join(folder, "event.json"), "{}");
    await review(risky);
    expect(calls).to.be.empty;
  });

  it("comments a program that fails with its error, without any meaning to HTML, and fails", async () => {
    const failed = { notes: [], failures: [{ where: "the program fails as it is now", error: "no <b> @you" }] };
    const error = await review(failed).then(
      () => undefined,
      (thrown: unknown) => thrown,
    );
    expect(error).to.include({ exitCode: 1 });
    expect(comments[0]?.body).to.include("<pre>no &lt;b> &#64;you</pre>");
  });

  it("refuses a file that tandem diff did not write", async () => {
    const errors = sinon.stub(process.stderr, "write");
    try {
      expect(await main(["review", path.join(folder, "event.json")])).to.equal(2);
      expect(errors.args.join("")).to.include("ERR_REVIEW_INPUT: the file is not what tandem diff prints");
    } finally {
      errors.restore();
    }
  });
});
