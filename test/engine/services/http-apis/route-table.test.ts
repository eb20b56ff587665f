import { expect } from "chai";
import { parseRouteKey, RouteTable } from "../../../../engine/services/http-apis/route-table";

const table = (...keys: string[]): RouteTable =>
  new RouteTable(
    keys.map((key) => ({
      id: key,
      key,
      integrationId: undefined,
      authorization: "NONE" as const,
      authorizerId: undefined,
      scopes: [],
    })),
  );

function find(routes: RouteTable, request: string): [string, Record<string, string> | undefined] | undefined {
  const [method = "", path = ""] = request.split(" ");
  const match = routes.find(method, path.slice(1).split("/"));
  return match && [match.route.key, match.parameters];
}

describe("RouteTable", () => {
  it("takes the route that AWS documents for each of its examples", () => {
    const routes = table("GET /pets/dog/1", "GET /pets/dog/{id}", "GET /pets/{proxy+}", "ANY /{proxy+}", "$default");
    expect(find(routes, "GET /pets/dog/1")?.[0]).to.equal("GET /pets/dog/1");
    expect(find(routes, "GET /pets/dog/2")).to.deep.equal(["GET /pets/dog/{id}", { id: "2" }]);
    expect(find(routes, "GET /pets/cat/1")).to.deep.equal(["GET /pets/{proxy+}", { proxy: "cat/1" }]);
    expect(find(routes, "POST /test/5")).to.deep.equal(["ANY /{proxy+}", { proxy: "test/5" }]);
    expect(find(table("$default", "GET /pets"), "GET /other")).to.deep.equal(["$default", undefined]);
    expect(find(table("GET /pets"), "GET /other")).to.equal(undefined);
  });

  it("takes a method's own route before ANY, and a literal segment before a variable", () => {
    const routes = table("ANY /users/{id}", "GET /users/{name}", "GET /users/me", "ANY /{any}/me");
    expect(find(routes, "GET /users/7")).to.deep.equal(["GET /users/{name}", { name: "7" }]);
    expect(find(routes, "POST /users/7")).to.deep.equal(["ANY /users/{id}", { id: "7" }]);
    expect(find(routes, "GET /users/me")?.[0]).to.equal("GET /users/me");
    expect(find(routes, "GET /teams/me")).to.deep.equal(["ANY /{any}/me", { any: "teams" }]);
  });

  it("goes back to a less specific route where the path has none for the method", () => {
    const routes = table("GET /a/b", "POST /a/{x}", "ANY /{rest+}", "GET /{one}/{two}/c");
    expect(find(routes, "POST /a/b")).to.deep.equal(["POST /a/{x}", { x: "b" }]);
    expect(find(routes, "PUT /a/b")).to.deep.equal(["ANY /{rest+}", { rest: "a/b" }]);
    expect(find(routes, "GET /a/b/c")).to.deep.equal(["GET /{one}/{two}/c", { one: "a", two: "b" }]);
  });

  it("prefers the longest path before a greedy variable", () => {
    const routes = table("GET /{rest+}", "GET /files/{rest+}", "GET /files/{id}/parts/{rest+}");
    expect(find(routes, "GET /files/7/parts/1/2")).to.deep.equal([
      "GET /files/{id}/parts/{rest+}",
      { id: "7", rest: "1/2" },
    ]);
    expect(find(routes, "GET /files/7/other")).to.deep.equal(["GET /files/{rest+}", { rest: "7/other" }]);
  });

  it("tells paths apart by case and by a slash at the end, which only a greedy variable takes", () => {
    const routes = table("GET /pets", "GET /pets/{id}", "GET /");
    expect(find(routes, "GET /Pets")).to.equal(undefined);
    expect(find(routes, "GET /pets/")).to.equal(undefined);
    expect(find(routes, "GET /")?.[0]).to.equal("GET /");
    const greedy = table("GET /pets/{rest+}", "ANY /{all+}");
    expect(find(greedy, "GET /pets/")).to.deep.equal(["GET /pets/{rest+}", { rest: "" }]);
    expect(find(greedy, "GET /pets")).to.deep.equal(["ANY /{all+}", { all: "pets" }]);
    expect(find(greedy, "GET /")).to.deep.equal(["ANY /{all+}", { all: "" }]);
  });

  it("takes names of JavaScript's own objects as they are", () => {
    const routes = table("GET /constructor", "GET /{id}/__proto__");
    expect(find(routes, "GET /toString")).to.equal(undefined);
    expect(find(routes, "GET /constructor")?.[0]).to.equal("GET /constructor");
    expect(find(routes, "GET /a/__proto__")?.[1]).to.deep.equal({ id: "a" });
  });

  it("refuses the keys that API Gateway refuses", () => {
    for (const key of ["GET users", "get /users", "GET /users/", "GET /a{id}", "GET /{rest+}/more", "FETCH /", "GET"]) {
      expect(() => parseRouteKey(key), key).to.throw();
    }
    expect(parseRouteKey("ANY /files/{rest+}")).to.deep.equal({ method: "ANY", segments: ["files", "{rest+}"] });
  });
});
