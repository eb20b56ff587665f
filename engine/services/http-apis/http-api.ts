import type { Clock } from "../clock";
import type {
  ApiDefinition,
  AuthorizerDefinition,
  IntegrationDefinition,
  RouteDefinition,
  StageDefinition,
} from "./api-definition";
import { JwtAuthorizer } from "./authorizers/jwt-authorizer";
import { LambdaAuthorizer } from "./authorizers/lambda-authorizer";
import type { FunctionInvoker } from "./function-integration";
import { RouteTable } from "./route-table";
import { TokenBucket } from "./token-bucket";

/** All that an API consists of, as it is now: each part may be changed by itself while requests come. */
export class HttpApi {
  private readonly stages = new Map<string, StageDefinition>();
  private readonly integrations = new Map<string, IntegrationDefinition>();
  private readonly routes = new Map<string, RouteDefinition>();
  private readonly authorizers = new Map<string, JwtAuthorizer | LambdaAuthorizer>();
  private readonly buckets = new Map<string, TokenBucket>();
  private table: RouteTable | undefined;

  public constructor(
    public definition: ApiDefinition,
    private readonly functions: FunctionInvoker,
    private readonly clock: Clock,
  ) {}

  public putStage(stage: StageDefinition): void {
    this.stages.set(stage.name, stage);
    this.buckets.clear();
  }

  public removeStage(name: string): void {
    this.stages.delete(name);
  }

  public putIntegration(integration: IntegrationDefinition): void {
    this.integrations.set(integration.id, integration);
  }

  public removeIntegration(id: string): void {
    this.integrations.delete(id);
  }

  public putRoute(route: RouteDefinition): void {
    this.routes.set(route.id, route);
    this.table = undefined;
  }

  public removeRoute(id: string): void {
    this.routes.delete(id);
    this.table = undefined;
  }

  /** A changed authorizer forgets what it has kept. */
  public putAuthorizer(definition: AuthorizerDefinition): void {
    const { id } = definition;
    if (definition.kind === "jwt") this.authorizers.set(id, new JwtAuthorizer(definition, this.clock));
    else this.authorizers.set(id, new LambdaAuthorizer(definition, this.functions, this.clock));
  }

  public removeAuthorizer(id: string): void {
    this.authorizers.delete(id);
  }

  public stage(name: string): StageDefinition | undefined {
    return this.stages.get(name);
  }

  public integration(id: string | undefined): IntegrationDefinition | undefined {
    return id === undefined ? undefined : this.integrations.get(id);
  }

  public authorizer(id: string | undefined): JwtAuthorizer | LambdaAuthorizer | undefined {
    return id === undefined ? undefined : this.authorizers.get(id);
  }

  /** The routes as they are now. */
  public routeTable(): RouteTable {
    return (this.table ??= new RouteTable(this.routes.values()));
  }

  /** Whether a request may pass; each route of a stage has a bucket of its own. */
  public admits(stage: StageDefinition, routeKey: string): boolean {
    const throttle = stage.routeThrottles.get(routeKey) ?? stage.throttle;
    if (throttle.rate === undefined && throttle.burst === undefined) return true;
    const key = `${stage.name} ${routeKey}`;
    const bucket = this.buckets.get(key) ?? new TokenBucket(throttle, this.clock);
    this.buckets.set(key, bucket);
    return bucket.take();
  }
}
