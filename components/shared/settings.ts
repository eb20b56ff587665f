import * as pulumi from "@pulumi/pulumi";
import { retentionDays, show } from "./checks";
import { closest } from "./closest";
import { TandemError, throwProblems } from "./errors";

/** What a stack's configuration sets for all components (`pulumi config set tandem:…`). */
export interface Settings {
  readonly platform: "aws";
  /** The major version of Node.js that functions run on. */
  readonly nodeVersion: string;
  readonly logRetention: number;
  /** Undefined: each component's own default. */
  readonly architecture: "arm64" | "x64" | undefined;
  /** The id of the VPC that tasks run in; undefined: the account's default VPC. */
  readonly vpc: string | undefined;
}

/** The id of a VPC. */
export const vpcPattern = /^vpc-[0-9a-z]+$/;

/** The keys of them. */
const known = ["platform", "nodeVersion", "logRetention", "architecture", "vpc"];

/**
 * Reads the stack's settings. Not kept: tests change the configuration between programs.
 * @throws `ERR_PLATFORM_UNSUPPORTED`, `ERR_ARGUMENT_UNKNOWN`, `ERR_ARGUMENT_RANGE`, `ERR_ARGUMENT_TYPE`
 */
export function settings(): Settings {
  const config = new pulumi.Config("tandem");
  checkKeys();
  return {
    platform: platform(config),
    nodeVersion: oneOf(config, "nodeVersion", ["24", "22"]) ?? "24",
    logRetention: Number(oneOf(config, "logRetention", retentionDays.map(String)) ?? 14),
    architecture: oneOf(config, "architecture", ["arm64", "x64"]),
    vpc: vpcId(config),
  };
}

/** A misspelt setting would have no effect, and nobody would know. */
function checkKeys(): void {
  const prefix = "tandem:";
  const keys = Object.keys(pulumi.runtime.allConfig()).filter((key) => key.startsWith(prefix));
  throwProblems(
    keys
      .map((key) => key.slice(prefix.length))
      .filter((key) => !known.includes(key))
      .map((key) => {
        const meant = closest(key, known);
        return {
          code: "ERR_ARGUMENT_UNKNOWN",
          message: "the stack's configuration has a setting that does not exist",
          got: prefix + key,
          fix: `${meant === undefined ? `there are: ${known.join(", ")};` : `did you mean ${prefix}${meant}?`} pulumi config rm ${prefix}${key}`,
        };
      }),
  );
}

function vpcId(config: pulumi.Config): string | undefined {
  const id = config.get("vpc");
  if (id === undefined || vpcPattern.test(id)) return id;
  throw new TandemError([
    {
      code: "ERR_ARGUMENT_TYPE",
      message: "the stack's configuration has no id of a VPC where there should be one",
      got: `tandem:vpc = ${show(id)}`,
      fix: "pulumi config set tandem:vpc vpc-0123456789abcdef0, with an id that aws ec2 describe-vpcs shows",
    },
  ]);
}

/**
 * Checks that the stack's platform is one that this version deploys to.
 * @throws `ERR_PLATFORM_UNSUPPORTED`
 */
export function checkPlatform(): void {
  platform(new pulumi.Config("tandem"));
}

function platform(config: pulumi.Config): "aws" {
  const chosen = config.get("platform") ?? "aws";
  if (chosen === "aws") return chosen;
  const meant = closest(chosen, ["aws"]);
  throw new TandemError([
    {
      code: "ERR_PLATFORM_UNSUPPORTED",
      message: "the stack's platform is not one that this version deploys to",
      got: `tandem:platform = ${show(chosen)}`,
      fix: `${meant === undefined ? "" : `did you mean ${meant}? `}pulumi config set tandem:platform aws`,
    },
  ]);
}

function oneOf<Value extends string>(config: pulumi.Config, key: string, allowed: Value[]): Value | undefined {
  const value = config.get(key);
  if (value === undefined) return undefined;
  const found = allowed.find((candidate) => candidate === value);
  if (found !== undefined) return found;
  throw new TandemError([
    {
      code: "ERR_ARGUMENT_RANGE",
      message: "the stack's configuration has a value that does not exist",
      got: `tandem:${key} = ${show(value)}`,
      fix: `pulumi config set tandem:${key} ${allowed.join(" | ")}`,
    },
  ]);
}
