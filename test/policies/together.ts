import { Api, Bucket, Function, Queue, Task } from "../../components";
import { startable, type Options, type Program } from "./program";
import { handler, image } from "./samples";

/** What components do together. */
const several: readonly Program[] = [
  {
    title: "shared dead letters",
    make: (name, opts) => void new Queue(name, { deadLetters: new Queue(`${name}-shared`, {}, opts) }, opts),
  },
  {
    title: "tasks as handlers",
    make: (name, opts) => {
      const container = startable(name, { image, timeout: 60 }, opts);
      new Bucket(`${name}-bucket`, {}, opts).onPut(`${name}-put`, container);
      new Queue(`${name}-queue`, {}, opts).onMessage(`${name}-each`, container);
      new Api(`${name}-api`, {}, opts).post("/", container);
    },
  },
  {
    title: "everything that can be granted",
    make: (name, opts) => {
      const bucket = new Bucket(`${name}-bucket`, {}, opts);
      const queue = new Queue(`${name}-queue`, {}, opts);
      const container = startable(`${name}-task`, { image, timeout: 60 }, opts);
      const fn = new Function(`${name}-other`, handler, {}, opts);
      const grants = [
        bucket.can("get", "put", "delete", "list"),
        bucket.can("get", "list", { prefix: "public/" }),
        queue.can("send", "receive"),
        queue.deadLetters.can("redrive"),
        container.can("run", "stop", "wait"),
        fn.can("invoke"),
        new Api(`${name}-api`, {}, opts).can("invoke"),
        Bucket.fromName(`${name}-old`, "old-bucket", opts).can("get"),
        Queue.fromUrl(`${name}-far`, "https://sqs.eu-west-1.amazonaws.com/123456789012/far", opts).can("send"),
      ];
      new Function(name, handler, { grants }, opts);
      new Task(`${name}-granted`, { image, grants }, opts);
    },
  },
];

const captured: Program = { title: "everything that can be captured", make: (name, opts) => capturing(name, opts) };

/** A handler that captures every method that one can. */
function capturing(name: string, opts: Options): void {
  const media = new Bucket(`${name}-bucket`, {}, opts);
  const jobs = new Queue<string>(`${name}-queue`, {}, opts);
  const { deadLetters } = jobs;
  const renderer = new Task(`${name}-task`, { image, timeout: 60 }, opts);
  const other = new Function(`${name}-other`, handler, {}, opts);
  const all = async (): Promise<void> => {
    for await (const { key } of media.list()) await media.put(key, await media.get(key));
    if (await media.exists("a")) await media.delete("a");
    await jobs.send(await media.signedUrl("a", { method: "get", expires: 60 }));
    await deadLetters.redrive();
    const run = await renderer.run();
    await run.wait();
    await run.stop();
    await renderer.state(run.id);
    await other.invoke({});
  };
  new Function(name, all, {}, opts);
}

/** Programs in which components use each other. */
export const together: readonly Program[] = [...several, captured];
