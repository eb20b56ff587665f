import { createHash } from "node:crypto";
import type { RecordedResource, Registration } from "../graph/resource";
import { arn } from "../services/account";
import type { Services } from "../services/services";
import { type Twin } from "./twin";
import { text } from "../graph/values";

/** An API's own domain. It is known, and not served: names lead to this machine only where somebody says so. */
const domainName: Twin = {
  type: "aws:apigatewayv2/domainName:DomainName",
  inputs: {
    domainName: true,
    domainNameConfiguration: true,
    mutualTlsAuthentication: true,
    routingMode: true,
    tags: true,
  },
  identify(resource, account) {
    const domain = text(resource.inputs, "domainName");
    const configuration = resource.inputs["domainNameConfiguration"];
    return {
      id: domain,
      outputs: {
        arn: `arn:${account.partition}:apigateway:${account.region}::/domainnames/${domain}`,
        apiMappingSelectionExpression: "$request.basepath",
        domainNameConfiguration: {
          ...(typeof configuration === "object" ? configuration : {}),
          targetDomainName: `d-${hashOf(resource, 10)}.execute-api.${account.region}.amazonaws.com`,
          // The zone of API Gateway's own names in us-east-1.
          hostedZoneId: "Z1UJRXOUMOOFQ8",
        },
      },
    };
  },
};

/** Which API a domain leads to. */
const apiMapping: Twin = {
  type: "aws:apigatewayv2/apiMapping:ApiMapping",
  inputs: { apiId: true, apiMappingKey: true, domainName: true, stage: true },
  identify: (resource) => ({ id: hashOf(resource, 6), outputs: {} }),
  create({ inputs }: RecordedResource, { httpApis, engineEvents }: Services) {
    const address = httpApis.endpoints.get(text(inputs, "apiId"));
    if (address === undefined) return;
    const key = text(inputs, "apiMappingKey");
    const domain = text(inputs, "domainName") + (key === "" ? "" : `/${key}`);
    const message = `https://${domain} is not served here: its API answers at ${address}`;
    engineEvents.emit({ type: "notice", level: "info", message });
  },
};

const certificate: Twin = {
  type: "aws:acm/certificate:Certificate",
  inputs: {
    certificateAuthorityArn: true,
    certificateBody: true,
    certificateChain: true,
    domainName: true,
    earlyRenewalDuration: true,
    keyAlgorithm: true,
    options: true,
    privateKey: true,
    subjectAlternativeNames: true,
    tags: true,
    validationMethod: true,
    validationOptions: true,
  },
  identify(resource, account) {
    const certificateArn = arn(account, "acm", `certificate/${uuidOf(resource)}`);
    const domain = text(resource.inputs, "domainName");
    const others = resource.inputs["subjectAlternativeNames"];
    const names = [domain, ...(Array.isArray(others) ? others.map(String) : [])];
    return {
      id: certificateArn,
      outputs: {
        arn: certificateArn,
        status: "ISSUED",
        domainValidationOptions: [...new Set(names)].map((name) => ({
          domainName: name,
          resourceRecordName: `_${hashOf(resource, 32)}.${name.replace(/^\*\./, "")}.`,
          resourceRecordType: "CNAME",
          resourceRecordValue: `_${hashOf({ urn: `${resource.urn} ${name}` }, 32)}.acm-validations.aws.`,
        })),
      },
    };
  },
};

/** A certificate that is valid at once: nobody asks for it here. */
const certificateValidation: Twin = {
  type: "aws:acm/certificateValidation:CertificateValidation",
  inputs: { certificateArn: true, validationRecordFqdns: true },
  identify: (resource) => ({ id: text(resource.inputs, "certificateArn"), outputs: {} }),
};

const record: Twin = {
  type: "aws:route53/record:Record",
  inputs: {
    aliases: true,
    allowOverwrite: true,
    cidrRoutingPolicy: true,
    failoverRoutingPolicies: true,
    geolocationRoutingPolicies: true,
    geoproximityRoutingPolicy: true,
    healthCheckId: true,
    latencyRoutingPolicies: true,
    multivalueAnswerRoutingPolicy: true,
    name: true,
    records: true,
    setIdentifier: true,
    ttl: true,
    type: true,
    weightedRoutingPolicies: true,
    zoneId: true,
  },
  identify({ inputs }) {
    const [zone, name, type] = [text(inputs, "zoneId"), text(inputs, "name"), text(inputs, "type")];
    return { id: `${zone}_${name}_${type}`, outputs: { fqdn: name.replace(/\.$/, "") } };
  },
};

/** What gives an API a domain of its own. */
export const domainTwins: readonly Twin[] = [domainName, apiMapping, certificate, certificateValidation, record];

function hashOf({ urn }: Pick<Registration, "urn">, length: number): string {
  return createHash("sha256").update(urn).digest("hex").slice(0, length);
}

function uuidOf(resource: Registration): string {
  return hashOf(resource, 32).replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
}
