import { PutObjectCommand } from "@aws-sdk/client-s3";
import type { Benchmark, Measurement } from "../benchmark";
import { median, now } from "../measure";
import { BenchProject } from "../project";
import { withUp } from "../running-up";

const edits = 10;
/** What `tandem up` does after a reload in preparation of the next: a person saves no sooner. */
const pause = 2000;

const oneHandler = `import { Bucket } from "tandem";

const bucket = new Bucket("media");
bucket.onPut("onNewThumbnail", async (image) => {
  console.log(\`*** New thumbnail: \${image.key}\`);
});
`;

/** From the saving of a file to the new code. */
export const reload: Benchmark = {
  name: "reload",
  about: `a handler is edited ${edits} times: from the file's writing to the function's update, and to new code that runs`,
  async run() {
    return [
      ...(await edit(BenchProject.of(oneHandler), "one handler")),
      ...(await edit(BenchProject.ofThumbnailer(), "thumbnailer")),
    ];
  },
};

function edit(project: BenchProject, whose: string): Promise<Measurement[]> {
  return withUp(project, async (up) => {
    const stack = await up.stack();
    const s3 = stack.s3();
    const Bucket = stack.resource("bucket", "aws:s3/bucket:Bucket", "media").id;
    const source = project.read("index.ts");
    const updates: number[] = [];
    const handled: number[] = [];
    for (let round = 1; round <= edits; round++) {
      await new Promise((resolve) => setTimeout(resolve, pause));
      const updated = up.next(
        (event) => event.type === "resource" && event.status === "updated" && /:Function$/.test(event.resourceType),
      );
      const marker = `[edit ${round}]`;
      const runs = up.printsLog(marker);
      const saved = now();
      project.write("index.ts", source.replace("*** New thumbnail", marker));
      updates.push((await updated) - saved);
      await s3.send(new PutObjectCommand({ Bucket, Key: `${round}.jpg`, Body: "a picture" }));
      handled.push((await runs) - saved);
    }
    s3.destroy();
    return [
      { what: `${whose}: function updated`, value: median(updates), unit: "ms" },
      { what: `${whose}: next event handled by new code`, value: median(handled), unit: "ms", target: 300 },
    ];
  });
}
