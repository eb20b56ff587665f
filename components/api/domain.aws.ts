import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { transformed } from "../shared/transform";
import type { ApiArgs, ApiDomain } from "./api.args";

/** Gives an API a name of one's own, with a certificate, and with the zone's records where a zone is given. */
export function createDomain(
  name: string,
  args: ApiArgs,
  domain: ApiDomain,
  api: { readonly apiId: pulumi.Output<string>; readonly stage: pulumi.Output<string> },
  parent: pulumi.Resource,
): void {
  const { zoneId } = domain;
  const certificateArn = domain.certificateArn ?? createCertificate(name, args, domain, parent);
  const named = new aws.apigatewayv2.DomainName(
    `${name}-domain`,
    transformed(args.transform, "domain", {
      domainName: domain.name,
      domainNameConfiguration: { certificateArn, endpointType: "REGIONAL", securityPolicy: "TLS_1_2" },
    }),
    { parent },
  );
  new aws.apigatewayv2.ApiMapping(
    `${name}-domain-mapping`,
    { apiId: api.apiId, stage: api.stage, domainName: named.id },
    { parent },
  );
  if (zoneId === undefined) return;
  const target = named.domainNameConfiguration;
  for (const type of ["A", "AAAA"] as const) {
    new aws.route53.Record(
      `${name}-domain-${type.toLowerCase()}`,
      {
        zoneId,
        name: domain.name,
        type,
        aliases: [{ name: target.targetDomainName, zoneId: target.hostedZoneId, evaluateTargetHealth: false }],
      },
      { parent },
    );
  }
}

/** https://docs.aws.amazon.com/acm/latest/userguide/dns-validation.html */
function createCertificate(
  name: string,
  args: ApiArgs,
  domain: ApiDomain,
  parent: pulumi.Resource,
): pulumi.Output<string> {
  const certificate = new aws.acm.Certificate(
    `${name}-certificate`,
    transformed(args.transform, "certificate", { domainName: domain.name, validationMethod: "DNS" }),
    { parent },
  );
  const asked = (key: "resourceRecordName" | "resourceRecordType" | "resourceRecordValue"): pulumi.Output<string> =>
    certificate.domainValidationOptions.apply(([first]) => first?.[key] ?? "");
  const record = new aws.route53.Record(
    `${name}-certificate-record`,
    {
      zoneId: domain.zoneId as pulumi.Input<string>,
      name: asked("resourceRecordName"),
      type: asked("resourceRecordType") as pulumi.Output<aws.route53.RecordType>,
      records: [asked("resourceRecordValue")],
      ttl: 60,
      // A name and its wildcard, another stack and another region are validated by one and the same record.
      allowOverwrite: true,
    },
    { parent },
  );
  const validation = new aws.acm.CertificateValidation(
    `${name}-certificate-validation`,
    { certificateArn: certificate.arn, validationRecordFqdns: [record.fqdn] },
    { parent },
  );
  return validation.certificateArn;
}
