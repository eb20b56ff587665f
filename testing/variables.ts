/** What variables were before the first of the running invocations set them. */
const before = new Map<string, string | undefined>();
let running = 0;

/** Runs something with environment variables besides those of the process, which are as before in the end. */
export async function withVariables<Result>(
  variables: Readonly<Record<string, string>>,
  run: () => Promise<Result>,
): Promise<Result> {
  running += 1;
  for (const [name, value] of Object.entries(variables)) {
    // It is for the start of a process.
    if (name === "NODE_OPTIONS") continue;
    if (!before.has(name)) before.set(name, process.env[name]);
    process.env[name] = value;
  }
  try {
    return await run();
  } finally {
    running -= 1;
    if (running === 0) restore();
  }
}

function restore(): void {
  for (const [name, value] of before) {
    if (value === undefined) Reflect.deleteProperty(process.env, name);
    else process.env[name] = value;
  }
  before.clear();
}
