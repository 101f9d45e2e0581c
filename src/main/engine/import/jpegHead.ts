/** @file What the head of a JPEG says of it, for pictures of the usual kind. Format: ITU-T T.81, annex B. */

export interface JpegHead {
  width: number;
  height: number;
  /** Luma alone, or with two of colour. */
  channels: 1 | 3;
  isProgressive: boolean;
}

/** Baseline, extended, progressive; all with Huffman codes. */
const usual = [0xc0, 0xc1, 0xc2];
const otherTables = [0xc4, 0xc8, 0xcc];

/** Undefined for 12 bits, CMYK, lossless and arithmetic coding, and for what is no JPEG. */
export function readJpegHead(bytes: Buffer): JpegHead | undefined {
  for (let at = 2; at + 11 <= bytes.length && bytes[at] === 0xff;) {
    const marker = bytes[at + 1]!;
    if (marker === 0xff) {
      at++; // any number of them may stand before a marker
    } else if (marker >= 0xc0 && marker <= 0xcf && !otherTables.includes(marker)) {
      const [height, width, channels] = [bytes.readUInt16BE(at + 5), bytes.readUInt16BE(at + 7), bytes[at + 9]];
      if (!usual.includes(marker) || bytes[at + 4] !== 8 || width === 0 || height === 0) return undefined;
      return channels === 1 || channels === 3 ? { width, height, channels, isProgressive: marker === 0xc2 } : undefined;
    } else {
      at += 2 + bytes.readUInt16BE(at + 2);
    }
  }
  return undefined;
}
