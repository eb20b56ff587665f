import type { Properties, Registration } from "../graph/resource";
import type { Answers } from "../monitor/monitor";
import type { Project } from "../monitor/project";
import type { Account } from "../services/account";
import { identify, twinOf } from "../twins";
import { answerInvoke } from "../twins/invokes";
import { isDynamic, type DynamicProviders } from "../utilities/dynamic-provider";
import { isUtility, madeResource } from "../utilities";
import type { KeptResources } from "../utilities/kept-resources";
import { withComputedOutputs } from "./computed-outputs";
import { referencedOutputs } from "./stack-references";

export interface AnswerOptions {
  /** The project as it is at the time of the question. */
  readonly project: () => Project;
  readonly account: Account;
  readonly kept: KeptResources;
  /** Where the project really is, if it is recorded from a copy of an earlier revision. */
  readonly place?: string | undefined;
  /** Makes what providers of the program's own make; undefined where nothing is to be made. */
  readonly dynamic?: DynamicProviders;
  /** Takes what only a running engine knows, before a resource is identified. */
  readonly reserve?: (resource: Registration) => Promise<void>;
}

/** What a program is answered. Everything follows from its inputs, or is kept from run to run. */
export function programAnswers({ project, account, kept, place, dynamic, reserve }: AnswerOptions): Answers {
  return {
    async outputsOf(resource) {
      const { folder } = project();
      if (dynamic !== undefined && isDynamic(resource.type)) return dynamic.make(resource.urn, resource.inputs);
      const made = madeResource(resource, kept, folder);
      if (made !== undefined) return made;
      await reserve?.(resource);
      const identity = identify(resource, account);
      if (!resource.custom || twinOf(resource.type) !== undefined || isUtility(resource.type)) return identity;
      return withComputedOutputs(resource, identity, account, folder);
    },
    read({ id, inputs, ...resource }) {
      if (resource.type === "pulumi:pulumi:StackReference")
        return Promise.resolve(referencedOutputs(id, project(), place));
      const known: Properties = { name: id, bucket: id, ...inputs };
      const identity = identify({ ...resource, custom: true, inputs: known }, account);
      return Promise.resolve({ ...known, ...identity.outputs });
    },
    invoke(token, args, program) {
      const given = project().settings["answers"] as Record<string, Properties> | undefined;
      return answerInvoke(token, args, account, { ...program, ...(given === undefined ? {} : { given }) });
    },
  };
}
