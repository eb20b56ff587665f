import { expect } from "chai";
import { Api } from "../../components";
import { RouteNames, earlierAlias, gatewayRouteName, routeName } from "../../components/api/route-names";
import { record, type RecordedApp } from "../../testing";

const shared = async (): Promise<string> => "shared";

/** Each route's key with the names of what it is made of. */
function namesOf(app: RecordedApp): Record<string, string[]> {
  const routes = app.resources.filter(({ type }) => type === "aws:apigatewayv2/route:Route");
  return Object.fromEntries(
    routes.map(({ name, parent, inputs }) => [String(inputs["routeKey"]), [name, parent?.name ?? ""]]).sort(),
  ) as Record<string, string[]>;
}

/** Programs of the same routes in every order. */
const paths = ["/users/{id}", "/users/id", "/{users}/id", "/users-id", "/Users/id", "/users/{id+}"];

describe("the name of a route", () => {
  it("follows from its key alone, whatever else the program has, and in whatever order", async () => {
    const recorded = (order: readonly string[]): Promise<RecordedApp> =>
      record(() => {
        const api = new Api("web");
        for (const path of order) api.get(path, async () => path);
      });
    const all = namesOf(await recorded(["/users/{id}", "/users/id", "/users-id"]));
    expect(namesOf(await recorded(["/users-id", "/users/id", "/users/{id}"]))).to.deep.equal(all);
    for (const path of ["/users/{id}", "/users/id", "/users-id"]) {
      expect(namesOf(await recorded([path]))).to.deep.equal({ [`GET ${path}`]: all[`GET ${path}`] });
    }
  });

  it("is another one for each key", () => {
    expect(new Set(paths.map((path) => routeName("web", `GET ${path}`))).size).to.equal(paths.length);
  });

  const plain = {
    "GET /": "web-get",
    $default: "web-default",
    "GET /a": "web-get-a",
    "GET /users/{id}": "web-get-users-id",
    "GET /users/{userId}": "web-get-users-userid",
    "GET /hello/{name}": "web-get-hello-name",
    "GET /renders/{id}/{file+}": "web-get-renders-id-file",
    "ANY /{rest+}": "web-any-rest",
    "POST /jobs/{id}/stop": "web-post-jobs-id-stop",
  };
  for (const [key, name] of Object.entries(plain)) {
    it(`is ${name} for ${key}`, () => expect(routeName("web", key)).to.equal(name));
  }

  it("has a hash where another key is the likelier one of that name, or where it is too long", () => {
    expect(routeName("web", "GET /users/id")).to.match(/^web-get-users-id-[0-9a-f]{6}$/);
    expect(routeName("web", `GET /${"a".repeat(60)}`)).to.have.length(44);
    expect(routeName("web", `GET /${"a".repeat(60)}`, "-files")).to.have.length(44 - "-files".length);
  });

  it("stays in API Gateway where a variable is called something else", () => {
    expect(gatewayRouteName("web", "GET /users/{id}")).to.equal("web-get-users-id-route");
    expect(gatewayRouteName("web", "GET /users/{name}")).to.equal("web-get-users-id-route");
    expect(gatewayRouteName("web", "GET /users/id")).not.to.equal("web-get-users-id-route");
    expect(gatewayRouteName("web", "GET /a/{file+}")).to.equal("web-get-a-rest-route");
  });

  it("has the name that earlier versions gave as an alias, unless that is another route's now", async () => {
    const names = new RouteNames("web");
    const hyphen = names.take("GET /sign-up");
    const literal = names.take("GET /users/id");
    const wasSecond = names.take("GET /Users/id");
    expect(await earlierAlias(hyphen, "-route").name).to.equal("web-get-sign-up-route");
    expect(literal.earlier).to.equal("web-get-users-id");
    expect(wasSecond.earlier).to.equal(undefined);
    names.take("GET /users/{id}");
    expect(literal.earlier).to.equal(undefined);
  });
});

describe("routes that share a function", () => {
  it("call it after the first of them, with the others' names as aliases", async () => {
    const app = await record(() => {
      const api = new Api("web");
      api.get("/b", shared);
      api.get("/a", shared);
    });
    const [fn] = app.resources.filter(({ type }) => type === "tandem:index:Function");
    expect(fn?.name).to.equal("web-get-b");
    expect(fn?.options.aliases.map((urn) => urn.split("::").at(-1))).to.include("web-get-a");
  });

  it("need one permission, however many they are", async () => {
    const app = await record(() => {
      const api = new Api("web");
      for (let n = 0; n < 70; n++) api.get(`/things${n}`, shared);
    });
    const permissions = app.resources.filter(({ type }) => type === "aws:lambda/permission:Permission");
    expect(permissions).to.have.lengthOf(1);
    expect(permissions[0]?.inputs["sourceArn"]).to.match(/^arn:aws:execute-api:[^:]+:\d+:[a-z0-9]+\/\*\/\*$/);
  });
});
