import { expect } from "chai";
import { policyDocument } from "../../../engine/answers/policy-document";
import type { Properties } from "../../../engine/graph/resource";

describe("aws.iam.getPolicyDocument", () => {
  const json = (args: Properties): string => String(policyDocument(args)["json"]);

  it("writes statements as the provider does: keys in its order, lists backwards and without doubles", () => {
    const text = json({
      policyId: "mine",
      statements: [
        {
          sid: "One",
          actions: ["s3:GetObject", "s3:PutObject", "s3:GetObject"],
          resources: ["arn:aws:s3:::b/&{aws:username}/<x>"],
          principals: [
            { type: "Service", identifiers: ["lambda.amazonaws.com"] },
            { type: "AWS", identifiers: ["arn:aws:iam::1:root", "arn:aws:iam::2:root"] },
          ],
          conditions: [
            { test: "StringLike", variable: "s3:prefix", values: ["b/", "a/"] },
            { test: "Bool", variable: "aws:SecureTransport", values: ["true"] },
          ],
        },
        {
          effect: "Deny",
          notActions: ["iam:*"],
          notResources: ["*"],
          notPrincipals: [{ type: "*", identifiers: ["*"] }],
        },
      ],
    });
    expect(text).to.equal(`{
  "Version": "2012-10-17",
  "Id": "mine",
  "Statement": [
    {
      "Sid": "One",
      "Effect": "Allow",
      "Action": [
        "s3:PutObject",
        "s3:GetObject"
      ],
      "Resource": "arn:aws:s3:::b/\${aws:username}/\\u003cx\\u003e",
      "Principal": {
        "AWS": [
          "arn:aws:iam::2:root",
          "arn:aws:iam::1:root"
        ],
        "Service": "lambda.amazonaws.com"
      },
      "Condition": {
        "Bool": {
          "aws:SecureTransport": "true"
        },
        "StringLike": {
          "s3:prefix": [
            "b/",
            "a/"
          ]
        }
      }
    },
    {
      "Effect": "Deny",
      "NotAction": "iam:*",
      "NotResource": "*",
      "NotPrincipal": "*"
    }
  ]
}`);
  });

  it("merges documents: a statement takes the place of the one with its Sid", () => {
    const document = (statement: object): string => JSON.stringify({ Version: "2008-10-17", Statement: [statement] });
    const { minifiedJson } = policyDocument({
      sourcePolicyDocuments: [
        document({ Sid: "A", Effect: "Allow", Action: ["x:*"], Resource: "*", Principal: { AWS: ["b", "c"] } }),
        document({ Effect: "Allow", Action: "y:*", Resource: "*", Condition: { Bool: { k: true } } }),
      ],
      statements: [{ sid: "A", actions: ["z:*"], resources: ["*"] }],
      overridePolicyDocuments: [document({ Sid: "B", Effect: "Deny", Action: "*", Resource: "*", Principal: "*" })],
    });
    expect(minifiedJson).to.equal(
      '{"Version":"2012-10-17","Statement":[' +
        '{"Sid":"A","Effect":"Allow","Action":"z:*","Resource":"*"},' +
        '{"Effect":"Allow","Action":"y:*","Resource":"*","Condition":{"Bool":{"k":"true"}}},' +
        '{"Sid":"B","Effect":"Deny","Action":"*","Resource":"*","Principal":"*"}]}',
    );
  });

  it("is empty but for its version without statements, and has the id that the provider computes", () => {
    expect(policyDocument({})).to.deep.equal({
      version: "2012-10-17",
      json: '{\n  "Version": "2012-10-17"\n}',
      minifiedJson: '{"Version":"2012-10-17"}',
      id: String(policyDocument({})["id"]),
    });
  });

  for (const [what, args, message] of [
    ["a Sid twice", { statements: [{ sid: "A" }, { sid: "A" }] }, /duplicate Sid \(A\)/],
    [
      "a Sid twice in sources",
      { sourcePolicyDocuments: Array<string>(2).fill('{"Statement":[{"Sid":"A"}]}') },
      /source document 1: duplicate Sid \(A\)/,
    ],
    [
      "variables in the old version",
      { version: "2008-10-17", statements: [{ resources: ["&{x}"] }] },
      /found &\{ sequence/,
    ],
    ["another effect", { statements: [{ effect: "allow" }] }, /expected effect/],
    ["what is no JSON", { overridePolicyDocuments: ["{"] }, /override document 0: /],
  ] as const) {
    it(`refuses ${what}`, () => {
      expect(() => policyDocument(args as unknown as Properties)).to.throw(message);
    });
  }
});
