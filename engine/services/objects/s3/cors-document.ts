import { AwsError } from "../../protocol/message";
import type { CorsRule } from "../buckets";
import { malformedXml } from "../s3-errors";
import type { XmlElement, XmlNode } from "./xml";

const methods = ["GET", "PUT", "POST", "DELETE", "HEAD"];

/** The content of a `CORSConfiguration` document. */
export function corsElements(rules: readonly CorsRule[]): XmlElement {
  return {
    CORSRule: rules.map((rule) => ({
      ID: rule.id,
      AllowedHeader: rule.allowedHeaders,
      AllowedMethod: rule.allowedMethods,
      AllowedOrigin: rule.allowedOrigins,
      ExposeHeader: rule.exposeHeaders,
      MaxAgeSeconds: rule.maxAgeSeconds,
    })),
  };
}

/** Reads a `CORSConfiguration` document; throws for what S3 refuses. */
export function readCorsRules(document: XmlNode): CorsRule[] {
  const rules = document.children("CORSRule");
  if (rules.length === 0 || rules.length > 100) throw malformedXml();
  return rules.map((rule) => {
    const texts = (name: string): string[] => rule.children(name).map((child) => child.value());
    const [allowedMethods, allowedOrigins] = [texts("AllowedMethod"), texts("AllowedOrigin")];
    if (allowedMethods.length === 0 || allowedOrigins.length === 0) throw malformedXml();
    const unknown = allowedMethods.find((method) => !methods.includes(method));
    if (unknown !== undefined) {
      const message = `Found unsupported HTTP method in CORS config. Unsupported method is ${unknown}`;
      throw new AwsError("InvalidRequest", message, 400);
    }
    const age = rule.text("MaxAgeSeconds");
    if (age !== undefined && !/^\d{1,9}$/.test(age)) throw malformedXml();
    return {
      id: rule.text("ID"),
      allowedMethods,
      allowedOrigins,
      allowedHeaders: texts("AllowedHeader"),
      exposeHeaders: texts("ExposeHeader"),
      ...(age === undefined ? {} : { maxAgeSeconds: Number(age) }),
    };
  });
}
