/** The Castagnoli polynomial, bits reversed (RFC 3720, appendix B.4). */
const polynomial = 0x82f63b78;

/** `tables[k][b]` is the remainder of byte `b` followed by `k` zero bytes: eight bytes are taken at a time. */
const tables = makeTables();

function makeTables(): Uint32Array[] {
  const first = new Uint32Array(256);
  for (let byte = 0; byte < 256; byte += 1) {
    let remainder = byte;
    for (let bit = 0; bit < 8; bit += 1) remainder = remainder & 1 ? (remainder >>> 1) ^ polynomial : remainder >>> 1;
    first[byte] = remainder >>> 0;
  }
  const made = [first];
  for (let zeros = 1; zeros < 8; zeros += 1) {
    const last = made[zeros - 1] as Uint32Array;
    made.push(last.map((remainder) => ((first[remainder & 255] as number) ^ (remainder >>> 8)) >>> 0));
  }
  return made;
}

/** CRC-32C, by slices of eight bytes (https://create.stephan-brumme.com/crc32/#slicing-by-8-overview). */
export class Crc32c {
  private value = 0xffffffff;

  public update(chunk: Buffer): void {
    const [t0, t1, t2, t3, t4, t5, t6, t7] = tables as [
      Uint32Array,
      Uint32Array,
      Uint32Array,
      Uint32Array,
      Uint32Array,
      Uint32Array,
      Uint32Array,
      Uint32Array,
    ];
    let crc = this.value;
    let at = 0;
    const at8 = (table: Uint32Array, index: number): number => table[index] as number;
    for (const end = chunk.length - 7; at < end; at += 8) {
      const low = crc ^ chunk.readInt32LE(at);
      const high = chunk.readInt32LE(at + 4);
      crc =
        at8(t7, low & 255) ^
        at8(t6, (low >>> 8) & 255) ^
        at8(t5, (low >>> 16) & 255) ^
        at8(t4, low >>> 24) ^
        at8(t3, high & 255) ^
        at8(t2, (high >>> 8) & 255) ^
        at8(t1, (high >>> 16) & 255) ^
        at8(t0, high >>> 24);
    }
    for (; at < chunk.length; at += 1) crc = at8(t0, (crc ^ (chunk[at] as number)) & 255) ^ (crc >>> 8);
    this.value = crc;
  }

  public digest(): Buffer {
    const bytes = Buffer.alloc(4);
    bytes.writeUInt32BE((this.value ^ 0xffffffff) >>> 0);
    return bytes;
  }
}
