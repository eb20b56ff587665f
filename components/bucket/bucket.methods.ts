import type * as pulumi from "@pulumi/pulumi";
import { runtimeMethod, type Capability, type UsedNames } from "../shared/capabilities";
import { variableOf } from "../shared/environment";
import type { Problem } from "../shared/errors";
import type { Statement } from "../shared/grants";
import { bucketStatements } from "./bucket.aws";
import type { KeyFilter } from "./bucket-event.runtime";
import type * as runtime from "./bucket.runtime";

/** A bucket's methods for handlers: those of the runtime without their first parameter. */
export type BucketMethods = {
  readonly [Name in keyof typeof runtime & MethodName]: Bound<(typeof runtime)[Name]>;
};

type MethodName = "get" | "getText" | "getStream" | "put" | "delete" | "exists" | "head" | "list" | "signedUrl";
type Bound<Method> = Method extends (variable: string, ...rest: infer Rest) => infer Result
  ? (...rest: Rest) => Result
  : never;

/** Makes the methods. */
export function bucketMethods(name: string, id: pulumi.Output<string>, arn: pulumi.Output<string>): BucketMethods {
  const variable = variableOf("BUCKET", name);
  const can = bucketStatements(name, arn);
  const bound = <Method extends MethodName>(
    verb: Method,
    statements: readonly Statement[],
    refine?: Capability["refine"],
  ): BucketMethods[Method] =>
    runtimeMethod(
      { module: "bucket", method: verb, place: variable },
      {
        component: name,
        verb,
        statements,
        environment: { [variable]: id },
        ...(refine === undefined ? {} : { refine }),
      },
    );
  return {
    get: bound("get", can.get),
    getText: bound("getText", can.get),
    getStream: bound("getStream", can.get),
    put: bound("put", can.put),
    delete: bound("delete", can.delete),
    exists: bound("exists", can.exists),
    head: bound("head", can.get),
    list: bound("list", can.list),
    signedUrl: bound("signedUrl", [], (used) => signedFor(used, can.get, can.put)),
  };
}

/** An address is as good as its signer: reading where a call says "get", writing where it says "put", else both. */
function signedFor(used: UsedNames, get: readonly Statement[], put: readonly Statement[]): readonly Statement[] {
  const methods = new Set(used.options("method"));
  const isEither = methods.size === 0 || methods.has(undefined);
  return [...(isEither || methods.has("get") ? get : []), ...(isEither || methods.has("put") ? put : [])];
}

interface LoopCheck {
  readonly whose: string;
  readonly bucket: string;
  readonly type: "put" | "delete";
  readonly filter: KeyFilter;
  readonly capabilities: readonly Capability[];
  readonly grants: readonly Statement[];
}

/**
 * Refuses a handler that listens to all keys of a bucket and writes into it, itself or through a task that it runs:
 * each event would cause the next. With a filter it may write elsewhere in the bucket; `put` then refuses, at run
 * time, the keys that the handler listens to.
 */
export function writesBack({ whose, bucket, type, filter, capabilities, grants }: LoopCheck): Problem[] {
  if (filter.keyPrefix !== undefined || filter.keySuffix !== undefined) return [];
  const verb = type === "put" ? "put" : "delete";
  const reaches = (statements: readonly Statement[]): boolean =>
    statements.some(({ origin }) => origin === `${bucket}:${verb}`);
  const direct = reaches(grants) || capabilities.some(({ statements }) => reaches(statements));
  const through = capabilities.find((capability) => reaches(capability.reaches ?? []));
  if (!direct && through === undefined) return [];
  return [
    {
      code: "ERR_BUCKET_LOOP",
      message: `${whose} listens to every key of bucket "${bucket}" and writes into the same bucket: it would call itself without end`,
      got:
        direct || through === undefined
          ? `${bucket}.${verb}`
          : `${through.component}.${through.verb}, where ${through.component} is granted ${bucket}.can("${verb}")`,
      fix: 'listen to some keys only, like { keyPrefix: "in/" }, and write others, or write into another bucket',
    },
  ];
}
