import { buffer } from "node:stream/consumers";
import type { Readable } from "node:stream";
import type { Engine } from "../engine/engine";

/** A bucket of a program that runs; what is put here, its handlers hear of. */
export class LocalBucket {
  public constructor(
    private readonly engine: Engine,
    private readonly bucket: string,
  ) {}

  /** The folder with its objects as files. */
  public get folder(): string {
    return this.objects.bucketFolder(this.bucket);
  }

  public async put(
    key: string,
    body: string | Uint8Array | Readable,
    options: { readonly contentType?: string; readonly metadata?: Readonly<Record<string, string>> } = {},
  ): Promise<void> {
    await this.objects.put(this.bucket, key, body, options);
  }

  /** @throws `NoSuchKey` */
  public async get(key: string): Promise<Buffer> {
    const { body } = await this.objects.get(this.bucket, key);
    return buffer(body);
  }

  /** Reads an object as UTF-8 text. @throws `NoSuchKey` */
  public async getText(key: string): Promise<string> {
    return (await this.get(key)).toString("utf8");
  }

  public async exists(key: string): Promise<boolean> {
    return this.objects.head(this.bucket, key).then(
      () => true,
      (error: { code?: string }) => {
        if (error.code === "NoSuchKey") return false;
        throw error;
      },
    );
  }

  /** Its keys, sorted. */
  public list(prefix = ""): string[] {
    const keys: string[] = [];
    for (let after: string | undefined; ;) {
      const page = this.objects.list(this.bucket, { prefix, ...(after === undefined ? {} : { after }) });
      keys.push(...page.objects.map(({ key }) => key));
      if (page.next === undefined) return keys;
      after = page.next;
    }
  }

  public delete(key: string): void {
    this.objects.delete(this.bucket, key);
  }

  private get objects() {
    return this.engine.services.objects;
  }
}
