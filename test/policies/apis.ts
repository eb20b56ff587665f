import { at, list, types, type Policy } from "./policy";

const stages = ["aws:apigatewayv2/stage:Stage"];

/** What is asked of APIs, and kept. */
export const apiPolicies: readonly Policy[] = [
  {
    controls: ["APIGateway.9", "CKV_AWS_95"],
    title: "APIs log each request",
    types: stages,
    holds: ({ inputs }, stack) =>
      stack.byArn(types.logGroup, at(inputs, "accessLogSettings", "destinationArn")) !== undefined,
  },
  {
    controls: ["APIGateway.10"],
    title: "APIs pass requests on over TLS only",
    types: ["aws:apigatewayv2/integration:Integration"],
    holds: ({ inputs }) =>
      inputs["integrationType"] === "HTTP_PROXY" ? String(inputs["integrationUri"]).startsWith("https://") : undefined,
  },
  {
    controls: ["CKV_AWS_206"],
    title: "names of one's own take TLS 1.2 and newer only",
    types: ["aws:apigatewayv2/domainName:DomainName"],
    holds: ({ inputs }) => at(inputs, "domainNameConfiguration", "securityPolicy") === "TLS_1_2",
  },
  {
    controls: ["ACM.2"],
    title: "certificates are validated by the zone, with keys that are long enough",
    types: ["aws:acm/certificate:Certificate"],
    holds: ({ inputs }) =>
      inputs["validationMethod"] === "DNS" && /^(RSA_2048|EC_\w+)$/.test(String(inputs["keyAlgorithm"] ?? "RSA_2048")),
  },
  {
    controls: [],
    title: "pages of other sites may not call",
    types: ["aws:apigatewayv2/api:Api"],
    holds: ({ inputs }) => !list(at(inputs, "corsConfiguration", "allowOrigins")).includes("*"),
  },
];

/** What is asked of them, and not done by itself: docs/policies.md says why. */
export const unmetApiPolicies: readonly Policy[] = [
  {
    controls: ["APIGateway.8", "CKV_AWS_309"],
    title: "routes say who may call them",
    types: ["aws:apigatewayv2/route:Route"],
    holds: ({ inputs }) => ["AWS_IAM", "JWT", "CUSTOM"].includes(String(inputs["authorizationType"])),
  },
  {
    controls: [],
    title: "APIs have a limit of their own",
    types: stages,
    // Without one, the account's limit is set: 10000 requests a second.
    holds: ({ inputs }) => Number(at(inputs, "defaultRouteSettings", "throttlingRateLimit")) < 10_000,
  },
];
