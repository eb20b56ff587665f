import { expect } from "chai";
import { parseDockerfile } from "../../../../../engine/services/tasks/images/dockerfile";

describe("A Dockerfile", () => {
  it("is taken apart into stages and steps", () => {
    const { stages } = parseDockerfile(
      [
        "# syntax=docker/dockerfile:1",
        "ARG VERSION=24",
        "FROM node:${VERSION}-slim AS Build",
        "RUN apt-get update \\",
        "  # why not",
        "  && apt-get install",
        "FROM build",
        'COPY --from=build --chown=node "a b" ["x",',
        'CMD ["node", "main file.js"]',
      ].join("\n"),
      {},
    );
    expect(stages.map(({ name, base }) => [name, base])).to.deep.equal([
      ["build", "node:24-slim"],
      [undefined, "build"],
    ]);
    expect(stages[0]?.steps[0]).to.include({ keyword: "RUN", text: "apt-get update   && apt-get install", line: 4 });
    const [copy, command] = stages[1]?.steps ?? [];
    expect([...(copy?.flags ?? [])]).to.deep.equal([
      ["from", "build"],
      ["chown", "node"],
    ]);
    expect(copy?.list).to.equal(undefined);
    expect(command?.list).to.deep.equal(["node", "main file.js"]);
  });

  it("takes build arguments in FROM, before their defaults", () => {
    const text = "ARG VERSION=24\nARG TAG=${VERSION}-slim\nFROM node:$TAG";
    expect(parseDockerfile(text, {}).stages[0]?.base).to.equal("node:24-slim");
    expect(parseDockerfile(text, { VERSION: "22" }).stages[0]?.base).to.equal("node:22-slim");
    expect(parseDockerfile(text, { TAG: "alpine" }).stages[0]?.base).to.equal("node:alpine");
  });

  for (const [text, expected] of [
    ["FROM a\nRUN true\nCOPY --chown=a:b x y", false],
    ["FROM a\nRUN --mount=type=cache,target=/x true", true],
    ["FROM a\nCOPY --link x y", true],
    ["FROM a\nCOPY <<EOF /file\nhello\nEOF", true],
    ["FROM --platform=$BUILDPLATFORM a", true],
    ["FROM a\nARG TARGETARCH", true],
  ] as const)
    it(`${expected ? "needs" : "does not need"} BuildKit for ${JSON.stringify(text)}`, () =>
      expect(parseDockerfile(text, {}).needsBuildKit).to.equal(expected));

  for (const [text, message] of [
    ["", "the Dockerfile has no FROM"],
    ["RUN true\nFROM a", "line 1: RUN before the first FROM"],
    ["FROM $NONE", "line 1: FROM names no image"],
  ] as const)
    it(`is refused: ${message}`, () => expect(() => parseDockerfile(text, {})).to.throw(message));
});
