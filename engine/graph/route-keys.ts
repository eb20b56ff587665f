import type { RecordedResource } from "./resource";

type Graph = ReadonlyMap<string, RecordedResource>;

/** Which routes of an API, e.g. `GET /users/{id}`, the resources of a program are there for. */
export class RouteKeys {
  private readonly byUrn = new Map<string, Set<string>>();

  public constructor(private readonly graph: Graph) {
    const ofType = (type: string): RecordedResource[] => [...graph.values()].filter((each) => each.type === type);
    const integrations = ofType("aws:apigatewayv2/integration:Integration");
    const functions = ofType("aws:lambda/function:Function");
    for (const component of graph.values()) {
      const { routeKey } = component.outputs;
      if (!component.custom && typeof routeKey === "string") this.add(component, routeKey);
    }
    for (const route of ofType("aws:apigatewayv2/route:Route")) {
      const { routeKey, target } = route.inputs;
      if (typeof routeKey !== "string") continue;
      this.add(route, routeKey);
      const integration = integrations.find(({ id }) => id !== "" && target === `integrations/${id}`);
      if (integration === undefined) continue;
      this.add(integration, routeKey);
      const uri = String(integration.inputs["integrationUri"]);
      const called = functions.find(({ outputs }) => [outputs["invokeArn"], outputs["arn"]].includes(uri));
      if (called !== undefined) this.add(called, routeKey);
    }
  }

  /** The routes that a resource is there for, or what is beneath it; none of what has nothing to do with routes. */
  public of({ urn }: RecordedResource): ReadonlySet<string> {
    return this.byUrn.get(urn) ?? new Set();
  }

  /** Notes a route for a resource and its components, but not for the API, which has many. */
  private add(resource: RecordedResource, routeKey: string): void {
    let at: RecordedResource | undefined = resource;
    while (at !== undefined && !["pulumi:pulumi:Stack", "tandem:index:Api"].includes(at.type)) {
      const known = this.byUrn.get(at.urn) ?? new Set<string>();
      this.byUrn.set(at.urn, known.add(routeKey));
      at = this.graph.get(at.parent ?? "");
    }
  }
}
