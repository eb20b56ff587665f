import { Bucket, Queue } from "../../../components";
export const media = new Bucket("media");
export const jobs = new Queue<{ id: string }>("jobs");
export const buckets = { in: new Bucket("in"), out: new Bucket("out") };
const hidden = new Bucket("hidden");
export const save = (k: string) => hidden.put(k, "x");
export class Store {
  public constructor(
    private readonly bucket: Bucket,
    public readonly prefix = "p/",
  ) {}
  public async save(k: string) {
    await this.bucket.put(this.prefix + k, "x");
  }
  public async load(k: string) {
    return this.bucket.getText(k);
  }
}
