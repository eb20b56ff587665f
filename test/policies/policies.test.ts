import * as pulumi from "@pulumi/pulumi";
import { expect } from "chai";
import * as sinon from "sinon";
import * as packaging from "../../components/function/packaging/package";
import type { Graph } from "../../engine/graph/diff";
import { replacementRules } from "../../engine/graph/replacing-properties";
import type { RecordedResource } from "../../engine/graph/resource";
import { unknownInputs } from "../../engine/twins";
import { record } from "../../testing";
import { optionalInputs } from "../e2e/provider/optional-inputs";
import { breaches } from "./breaches";
import { catalogue, defaults } from "./catalogue";
import { givenUp } from "./given-up";
import { hardening } from "./hardening";
import { policies, unmetPolicies } from "./policies";
import { Stack, type Policy } from "./policy";
import type { Program } from "./program";
import { handler } from "./samples";

const programType = "test:index:Program";
const hardened = [...new Set(Object.values(hardening))].map((make) => ({ title: `hardened ${make.name}`, make }));
const programs = [...catalogue, ...hardened];

/** The options of a resource where nothing is said of it, and nothing secret. */
const options = { protect: false, dependsOn: [], aliases: [], ignoreChanges: [], provider: "", secrets: [] };

/**
 * Packages the handler that most programs share once for each use. What an adapter is told besides, as to which bucket it
 * listens, is in the code alone, which no policy reads.
 */
function packageOnce(): sinon.SinonStub {
  const { packageHandler } = packaging;
  const packaged = new Map<string, ReturnType<typeof packageHandler>>();
  return sinon.stub(packaging, "packageHandler").callsFake((input) => {
    if (input.handler !== handler) return packageHandler(input);
    const { adapter, wrapper, adapterOptions, generated } = input;
    const key = JSON.stringify([adapter, wrapper, wrapper === undefined ? "" : adapterOptions, generated]);
    const made = packaged.get(key) ?? packageHandler(input);
    packaged.set(key, made);
    return made;
  });
}

/** Records programs as one, each beneath a component of its title. */
async function recordAll(all: readonly Program[], config: Record<string, string> = {}): Promise<Graph> {
  const once = packageOnce();
  // The SDK keeps the stack of every promise that it makes: most of the time that so large a program takes.
  const { stackTraceLimit } = Error;
  Error.stackTraceLimit = 0;
  try {
    const program = (): void =>
      all.forEach(({ title, make }, index) => {
        make(`p${index}`, { parent: new pulumi.ComponentResource(programType, title) });
      });
    return (await record(program, { folder: "../..", config })).graph;
  } finally {
    Error.stackTraceLimit = stackTraceLimit;
    once.restore();
  }
}

describe("the policies of a company", () => {
  let stack: Stack;
  let all: Graph;

  before(async () => {
    all = await recordAll(programs);
    stack = new Stack(all);
  });

  const first = (): RecordedResource => [...all.values()][0] as RecordedResource;

  /** The program that a resource is of. */
  const programOf = (resource: RecordedResource): string => {
    const parent = stack.parentOf(resource);
    return resource.type === programType ? resource.name : parent === undefined ? "" : programOf(parent);
  };

  /** What a policy says of each resource that it is about, by program. */
  const judge = ({ types, holds }: Policy): Map<string, boolean> => {
    const judged = new Map<string, boolean>();
    for (const resource of types.flatMap((type) => stack.all(type))) {
      const held = holds(resource, stack);
      const program = programOf(resource);
      if (held !== undefined) judged.set(program, held && (judged.get(program) ?? true));
    }
    return judged;
  };
  const failing = (policy: Policy): string[] => [...judge(policy)].filter(([, held]) => !held).map(([title]) => title);

  for (const policy of policies) {
    const { controls, title, types, forbidden = false } = policy;

    it(`keeps ${controls.map((control) => `${control}: `).join("")}${title}`, () => {
      const expected = givenUp.filter(({ rule }) => rule === title).map(({ program }) => program);
      expect(failing(policy)).to.have.members(expected);
      expect(judge(policy).size > 0, "there is something that it is about").to.equal(!forbidden);
    });

    it(`would notice a breach of: ${title}`, () => {
      const [type, inputs] = breaches[title] ?? [types[0] ?? "", {}];
      const broken = stack.all(type).map((each) => ({ ...each, inputs: { ...each.inputs, ...inputs }, options }));
      const made = forbidden ? [{ ...first(), type }] : [];
      const after = new Stack(new Map([...all, ...[...broken, ...made].map((each) => [each.urn, each] as const)]));
      const judged = types.flatMap((each) => after.all(each)).map((each) => policy.holds(each, after));
      expect(judged).to.include(false);
      expect(breaches[title] === undefined).to.equal(forbidden);
    });
  }

  it("has programs that lose nothing but layers on one machine, and whose replacements are known", () => {
    const own = new Set(catalogue.map(({ title }) => title));
    const made = [...all.values()].filter((resource) => resource.custom && own.has(programOf(resource)));
    const unknown = made.flatMap((each) => unknownInputs(each).map((input) => `${input} of ${each.type}`));
    expect([...new Set(unknown)]).to.deep.equal(["layers of aws:lambda/function:Function"]);
    const types = made.map(({ type }) => type).filter((type) => !/^(pulumi|awsx):/.test(type));
    expect(types).to.include("aws:lambda/function:Function");
    expect([...new Set(types)].filter((type) => replacementRules[type] === undefined)).to.be.empty;
  });

  it("has programs that give each input always or say what the provider makes of its removal, which none may be kept by", () => {
    const own = new Set(catalogue.map(({ title }) => title));
    const made = [...all.values()].filter(
      (each) => each.custom && own.has(programOf(each)) && each.type.startsWith("aws:"),
    );
    // Queues that other queues fail into have no dead letters, and never get any; records, logs and authorizers are of two
    // kinds each, by their names.
    const byName = [
      "aws:sqs/queue:Queue redrivePolicy",
      "aws:cloudwatch/logGroup:LogGroup name",
      "aws:route53/record:Record allowOverwrite",
      "aws:apigatewayv2/authorizer:Authorizer authorizerResultTtlInSeconds",
    ];
    const left = [...new Set(made.map(({ type }) => type))].flatMap((type) => {
      const inputs = made.filter((each) => each.type === type).map((each) => each.inputs);
      const names = new Set(inputs.flatMap((each) => Object.keys(each)));
      return [...names]
        .filter((name) => inputs.some((each) => each[name] === undefined))
        .map((name) => [type, name] as const);
    });
    const unsafe = left
      .filter(([type, name]) => optionalInputs[type]?.[name] !== "resets")
      .map((each) => each.join(" "));
    expect(unsafe.filter((each) => !byName.includes(each))).to.be.empty;
  });

  it("keeps them whatever a stack is set to", async () => {
    const config = { logRetention: "0", architecture: "x64", nodeVersion: "22", vpc: "vpc-1" };
    const set = Object.entries(config).map(([key, value]) => [`tandem:${key}`, value] as const);
    const other = new Stack(await recordAll(defaults, Object.fromEntries(set)));
    for (const { title, types, holds } of policies) {
      const judged = types.flatMap((type) => other.all(type)).map((resource) => holds(resource, other));
      expect(judged, title).not.to.include(false);
    }
  });

  for (const policy of unmetPolicies) {
    it(`does not keep ${policy.controls.map((control) => `${control}: `).join("")}${policy.title}, but can`, () => {
      const judged = judge(policy);
      const byDefault = ["Bucket", "Function", "Queue", "Task", "Api"].map((title) => judged.get(title));
      expect(byDefault).to.include(false);
      expect(judged.get(`hardened ${hardening[policy.title]?.name}`)).to.equal(true);
    });
  }
});
