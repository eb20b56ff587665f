import type { RunOptions } from "./task.runtime";

/** Makes a task's `run` a handler: the task gets the event in `TANDEM_EVENT`. */
export function startWithEvent(
  run: (options: RunOptions) => Promise<{ readonly id: string }>,
): (event: unknown) => Promise<{ readonly id: string }> {
  return async (event) => {
    const { id } = await run({ environment: { TANDEM_EVENT: JSON.stringify(event) } });
    return { id };
  };
}
