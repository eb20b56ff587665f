import * as pulumi from "@pulumi/pulumi";
import { urnOf, type Properties } from "../engine/graph/resource";
import { localAccount } from "../engine/services/account";
import { identify } from "../engine/twins";
import { answerInvoke } from "../engine/twins/invokes";

/** Pulumi's mocks, any of which may leave an answer to `record`. */
export interface RecordMocks {
  newResource?(
    args: pulumi.runtime.MockResourceArgs,
  ): MaybePromise<{ id?: string | undefined; state: Record<string, unknown> } | undefined>;
  call?(args: pulumi.runtime.MockCallArgs): MaybePromise<Record<string, unknown> | undefined>;
}

type MaybePromise<T> = T | Promise<T>;

/**
 * Mocks that answer as AWS would, where a test's own have no answer.
 * @param preview whether what only a deployment knows is left out
 * @param refused told of every error that an answer ended with, since the SDK puts much around them
 */
export function awsMocks(own: RecordMocks, preview: boolean, refused: Error[]): pulumi.runtime.Mocks {
  const noted = async <T>(answer: () => MaybePromise<T>): Promise<T> => {
    try {
      return await answer();
    } catch (error) {
      if (error instanceof Error) refused.push(error);
      // The SDK takes the message from here, as gRPC leaves it.
      if (error instanceof Error) Object.defineProperty(error, "details", { value: error.message, configurable: true });
      throw error;
    }
  };
  return {
    newResource: (args) =>
      noted(async () => {
        const answer = await own.newResource?.(args);
        if (answer !== undefined) return { id: answer.id, state: answer.state };
        const inputs = args.inputs as Properties;
        const { id, outputs } = identify(registration(args, inputs), localAccount);
        // What a preview does not know is what is left out here.
        return preview ? { id: undefined, state: inputs } : { id, state: { ...inputs, ...outputs } };
      }),
    call: (args) =>
      noted(async () => (await own.call?.(args)) ?? answerInvoke(args.token, args.inputs as Properties, localAccount)),
  };
}

/** The mocks are told neither URN nor parent; names are unique enough within one test's program. */
function registration({ type, name, custom = true }: pulumi.runtime.MockResourceArgs, inputs: Properties) {
  const urn = urnOf(pulumi.getProject(), pulumi.getStack(), type, name, undefined);
  return { urn, type, name, inputs, parent: undefined, custom };
}
