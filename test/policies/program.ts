import type * as pulumi from "@pulumi/pulumi";
import { Function, Task } from "../../components";

/** Options that put a resource into the program that it is of. */
export type Options = { readonly parent: pulumi.Resource };

/** A program that uses one option of one component. */
export interface Program {
  /** The interface of the option and the option, e.g. `QueueArgs.fifo`; with a number where it takes several values. */
  readonly title: string;
  make(name: string, opts: Options): void;
}

/** A task, and a function that may start it: where a task runs is said when it is started. */
export function startable(name: string, args: ConstructorParameters<typeof Task>[1], opts: Options): Task {
  const made = new Task(name, args, opts);
  new Function(`${name}-start`, made, {}, opts);
  return made;
}
