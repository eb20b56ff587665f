/** The polynomial of the NVM Express base specification (0xad93d23594c93659), bits reversed. */
const polynomial = 0x9a6c9329ac4bc9b5n;

/**
 * `low[k * 256 + b]` and `high[…]` are the halves of the remainder of byte `b` followed by `k` zero bytes: numbers of
 * 32 bits, because arithmetic on bigints would cost a hundred times as much. Eight bytes are taken at a time.
 */
const low = new Int32Array(8 * 256);
const high = new Int32Array(8 * 256);

for (let byte = 0; byte < 256; byte += 1) {
  let remainder = BigInt(byte);
  for (let bit = 0; bit < 8; bit += 1) remainder = remainder & 1n ? (remainder >> 1n) ^ polynomial : remainder >> 1n;
  low[byte] = Number(remainder & 0xffffffffn);
  high[byte] = Number(remainder >> 32n);
}
for (let index = 256; index < 8 * 256; index += 1) {
  const [lastLow, lastHigh] = [low[index - 256] as number, high[index - 256] as number];
  const byte = lastLow & 255;
  low[index] = (low[byte] as number) ^ ((lastLow >>> 8) | (lastHigh << 24));
  high[index] = (high[byte] as number) ^ (lastHigh >>> 8);
}

/** CRC-64/NVME, the checksum that S3 prefers. */
export class Crc64Nvme {
  private low = -1;
  private high = -1;

  public update(chunk: Buffer): void {
    // Numbers of four bytes are read from where memory is aligned to them: anything else is several times as slow.
    const head = Math.min((4 - (chunk.byteOffset & 3)) & 3, chunk.length);
    this.updateBytes(chunk, 0, head);
    const count = (chunk.length - head) >> 3;
    if (count > 0) this.updateWords(new Int32Array(chunk.buffer, chunk.byteOffset + head, 2 * count));
    this.updateBytes(chunk, head + 8 * count, chunk.length);
  }

  private updateWords(words: Int32Array): void {
    let [crcLow, crcHigh] = [this.low, this.high];
    for (let at = 0; at < words.length; at += 2) {
      const a = crcLow ^ (words[at] as number);
      const b = crcHigh ^ (words[at + 1] as number);
      const i0 = 1792 + (a & 255);
      const i1 = 1536 + ((a >>> 8) & 255);
      const i2 = 1280 + ((a >>> 16) & 255);
      const i3 = 1024 + (a >>> 24);
      const i4 = 768 + (b & 255);
      const i5 = 512 + ((b >>> 8) & 255);
      const i6 = 256 + ((b >>> 16) & 255);
      const i7 = b >>> 24;
      crcLow = xor(low, i0, i1, i2, i3) ^ xor(low, i4, i5, i6, i7);
      crcHigh = xor(high, i0, i1, i2, i3) ^ xor(high, i4, i5, i6, i7);
    }
    this.low = crcLow;
    this.high = crcHigh;
  }

  private updateBytes(chunk: Buffer, start: number, end: number): void {
    let [crcLow, crcHigh] = [this.low, this.high];
    for (let at = start; at < end; at += 1) {
      const byte = (crcLow ^ (chunk[at] as number)) & 255;
      crcLow = ((crcLow >>> 8) | (crcHigh << 24)) ^ (low[byte] as number);
      crcHigh = (crcHigh >>> 8) ^ (high[byte] as number);
    }
    this.low = crcLow;
    this.high = crcHigh;
  }

  public digest(): Buffer {
    const bytes = Buffer.alloc(8);
    bytes.writeUInt32BE((this.high ^ 0xffffffff) >>> 0, 0);
    bytes.writeUInt32BE((this.low ^ 0xffffffff) >>> 0, 4);
    return bytes;
  }
}

function xor(table: Int32Array, a: number, b: number, c: number, d: number): number {
  return (table[a] as number) ^ (table[b] as number) ^ (table[c] as number) ^ (table[d] as number);
}
