import type * as acm from "@pulumi/aws/acm";
import type * as apigatewayv2 from "@pulumi/aws/apigatewayv2";
import type * as cloudwatch from "@pulumi/aws/cloudwatch";
import type * as pulumi from "@pulumi/pulumi";
import {
  checkKnown,
  checkLogRetention,
  checkOneOf,
  checkRange,
  isFilledList,
  isPlain,
  plainList,
  show,
} from "../shared/checks";
import type { Problem } from "../shared/errors";
import { checkTags } from "../shared/limits";
import type { Transforms } from "../shared/transform";
import { checkAuthorizers, type ApiAuthorizer } from "./authorizer.args";

/** The resources of an API, by the names under which `transform` reaches them. */
export interface ApiChildren {
  readonly api: apigatewayv2.ApiArgs;
  readonly stage: apigatewayv2.StageArgs;
  readonly accessLog: cloudwatch.LogGroupArgs;
  readonly domain: apigatewayv2.DomainNameArgs;
  readonly certificate: acm.CertificateArgs;
  /** Of each route. */
  readonly route: apigatewayv2.RouteArgs;
  /** Of each handler and each address that is passed on to. */
  readonly integration: apigatewayv2.IntegrationArgs;
  /** Of each authorizer. */
  readonly authorizer: apigatewayv2.AuthorizerArgs;
}

/** Which pages of other sites may call the API from a browser. */
export interface ApiCors {
  /** e.g. `https://example.com`, or `*`. */
  readonly origins: pulumi.Input<pulumi.Input<string>[]>;
  /** Methods that a page may use. @defaultValue `["*"]` */
  readonly methods?: pulumi.Input<pulumi.Input<string>[]>;
  /** Request headers that a page may send. @defaultValue `["*"]` */
  readonly headers?: pulumi.Input<pulumi.Input<string>[]>;
  /** Response headers that a page may read. @defaultValue none besides the usual ones */
  readonly exposeHeaders?: pulumi.Input<pulumi.Input<string>[]>;
  /** Whether pages may send cookies. Then origins, methods and headers must be named. @defaultValue `false` */
  readonly credentials?: pulumi.Input<boolean>;
  /** Seconds that a browser keeps the answer, up to 86400. @defaultValue `3600` */
  readonly maxAge?: pulumi.Input<number>;
}

/** A name of one's own for an API. It needs a certificate: one that exists, or one that is made in the zone. */
export interface ApiDomain {
  /** e.g. `api.example.com`. */
  readonly name: pulumi.Input<string>;
  /** The Route 53 zone that gets the name's records. */
  readonly zoneId?: pulumi.Input<string>;
  /** An ACM certificate of the API's region. @defaultValue one is made, and validated in the zone */
  readonly certificateArn?: pulumi.Input<string>;
}

/** Settings of an API. */
export interface ApiArgs {
  /**
   * Lets pages of other sites call the API from a browser; `true` lets all.
   * @defaultValue off
   */
  readonly cors?: boolean | ApiCors;
  /** A name of your own, with its certificate. @defaultValue the address that AWS gives */
  readonly domain?: ApiDomain;
  /**
   * Requests a second (`rate`), and how many may come at once (`burst`); others are answered 429.
   * @defaultValue the account's limits
   */
  readonly throttle?: { readonly rate: pulumi.Input<number>; readonly burst: pulumi.Input<number> };
  /**
   * Logs each request; `retention` is the days that the log is kept, 0 for ever.
   * @defaultValue on, 14 days or the stack's `tandem:logRetention`
   */
  readonly accessLog?: boolean | { readonly retention?: pulumi.Input<number> };
  /** Who may call routes that name them in `auth`. */
  readonly authorizers?: Readonly<Record<string, ApiAuthorizer>>;
  readonly tags?: pulumi.Input<Record<string, pulumi.Input<string>>>;
  /** Changes a child's arguments before it is made. */
  readonly transform?: Transforms<ApiChildren>;
}

const known: readonly (keyof ApiArgs)[] = [
  "cors",
  "domain",
  "throttle",
  "accessLog",
  "authorizers",
  "tags",
  "transform",
];

/** Finds what is wrong with `args`. */
export function checkApiArgs(whose: string, args: ApiArgs): Problem[] {
  return [
    ...checkKnown(whose, args, known),
    ...checkCors(whose, args.cors),
    ...checkDomain(whose, args.domain),
    ...checkThrottle(whose, args.throttle),
    ...checkAccessLog(whose, args.accessLog),
    ...checkAuthorizers(whose, args.authorizers),
    ...checkTags(whose, args.tags),
  ];
}

/** The cors argument in full; undefined where it is off. */
export function corsOf({ cors }: ApiArgs): ApiCors | undefined {
  return cors === true ? { origins: ["*"] } : cors === false ? undefined : cors;
}

function checkCors(whose: string, cors: unknown): Problem[] {
  if (cors === undefined || typeof cors === "boolean") return [];
  const rule = (typeof cors === "object" && cors !== null ? cors : {}) as Partial<ApiCors>;
  if (!isFilledList(rule.origins)) {
    return [
      wrong(whose, "a cors rule without origins", `cors = ${show(cors)}`, 'like { origins: ["https://example.com"] }'),
    ];
  }
  const all = [rule.origins, rule.methods ?? ["*"], rule.headers ?? ["*"]].some((list) =>
    plainList(list).includes("*"),
  );
  return [
    ...checkKnown(`${whose}'s cors`, rule, ["origins", "methods", "headers", "exposeHeaders", "credentials", "maxAge"]),
    ...checkOneOf(whose, "cors credentials", rule.credentials, [true, false]),
    ...checkRange(whose, "cors maxAge", rule.maxAge, { least: -1, most: 86_400, unit: "seconds" }),
    // https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-cors.html
    ...(rule.credentials === true && all
      ? [
          wrong(
            whose,
            "cors with credentials for all, which browsers refuse",
            `cors = ${show(cors)}`,
            "name the origins, methods and headers, without *",
          ),
        ]
      : []),
  ];
}

function checkDomain(whose: string, domain: unknown): Problem[] {
  if (!isPlain(domain)) return [];
  const { name, zoneId, certificateArn } = (domain ?? {}) as Partial<ApiDomain>;
  if (name === undefined || (isPlain(name) && (typeof name !== "string" || !/^([\w*-]+\.)+[\w-]+$/.test(name)))) {
    const fix = 'write the name alone, like { name: "api.example.com", zoneId }';
    return [wrong(whose, "a domain without a name of the right form", `domain = ${show(domain)}`, fix)];
  }
  return [
    ...checkKnown(`${whose}'s domain`, domain as object, ["name", "zoneId", "certificateArn"]),
    ...(zoneId === undefined && certificateArn === undefined
      ? [
          wrong(
            whose,
            "a domain without a certificate, and without a zone in which one could be validated",
            `domain = ${show(domain)}`,
            "give zoneId (a Route 53 zone), certificateArn (an ACM certificate), or both",
          ),
        ]
      : []),
    ...checkId(
      whose,
      "zoneId",
      zoneId,
      /^(\/hostedzone\/)?Z[0-9A-Z]+$/,
      "an id that aws route53 list-hosted-zones shows",
    ),
    ...checkId(
      whose,
      "certificateArn",
      certificateArn,
      /^arn:aws[\w-]*:acm:[\w-]+:\d+:certificate\/[\w-]+$/,
      "an ARN that aws acm list-certificates shows",
    ),
  ];
}

function checkId(whose: string, key: keyof ApiDomain, value: unknown, pattern: RegExp, fix: string): Problem[] {
  if (!isPlain(value) || (typeof value === "string" && pattern.test(value))) return [];
  return [wrong(whose, `a domain with a ${key} that is none`, `${key} = ${show(value)}`, `use ${fix}`)];
}

// https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-throttling.html
function checkThrottle(whose: string, throttle: unknown): Problem[] {
  if (!isPlain(throttle)) return [];
  const { rate, burst } = (throttle ?? {}) as Partial<NonNullable<ApiArgs["throttle"]>>;
  if (rate === undefined || burst === undefined) {
    const fix = "give both, like { rate: 100, burst: 200 }";
    return [wrong(whose, "a throttle without rate or burst", `throttle = ${show(throttle)}`, fix)];
  }
  return [
    ...checkKnown(`${whose}'s throttle`, throttle as object, ["rate", "burst"]),
    ...checkRange(whose, "throttle rate", rate, { least: 0, most: 10_000, unit: "requests a second", fraction: true }),
    ...checkRange(whose, "throttle burst", burst, { least: 0, most: 5000, unit: "requests" }),
  ];
}

function checkAccessLog(whose: string, accessLog: unknown): Problem[] {
  if (typeof accessLog !== "object" || accessLog === null) {
    return checkOneOf(whose, "accessLog", accessLog, [true, false]);
  }
  const { retention } = accessLog as { retention?: unknown };
  return [...checkKnown(`${whose}'s accessLog`, accessLog, ["retention"]), ...checkLogRetention(whose, retention)];
}

function wrong(whose: string, what: string, got: string, fix: string): Problem {
  return { code: "ERR_ARGUMENT_TYPE", message: `${whose} was given ${what}`, got, fix };
}
