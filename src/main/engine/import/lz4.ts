/**
 * @file LZ4 blocks, as Parquet pages hold them (https://github.com/lz4/lz4/blob/dev/doc/lz4_Block_format.md); Node unpacks the other
 * codecs itself.
 */

/** One block (Parquet's LZ4_RAW) of `size` bytes unpacked. @throws {Error} when it is damaged, or has another size. */
export function unpackLz4(input: Uint8Array, size: number): Uint8Array {
  const output = new Uint8Array(size);
  let [at, end] = [0, 0];
  const lengthFrom = (nibble: number): number => {
    let length = nibble;
    for (let byte = 255; nibble === 15 && byte === 255; length += byte) byte = byteAt(input, at++);
    return length;
  };
  while (at < input.length) {
    const token = input[at++]!;
    const literals = lengthFrom(token >> 4);
    if (at + literals > input.length || end + literals > size) throw new Error('damaged LZ4: literals do not fit');
    output.set(input.subarray(at, at + literals), end);
    at += literals;
    end += literals;
    if (at === input.length) break; // the last sequence has no match
    const distance = byteAt(input, at) | (byteAt(input, at + 1) << 8);
    at += 2;
    const length = lengthFrom(token & 15) + 4;
    if (distance === 0 || distance > end || end + length > size) throw new Error('damaged LZ4: a match does not fit');
    // a match may overlap what it makes: then it repeats, and has to be copied byte by byte
    if (distance >= length) output.copyWithin(end, end - distance, end - distance + length);
    else for (let i = end; i < end + length; i++) output[i] = output[i - distance]!;
    end += length;
  }
  if (end !== size) throw new Error(`damaged LZ4: ${end} bytes instead of ${size}`);
  return output;
}

function byteAt(input: Uint8Array, at: number): number {
  if (at >= input.length) throw new Error('damaged LZ4: it is cut');
  return input[at]!;
}

/**
 * Parquet's older LZ4: as Hadoop writes it, blocks behind their sizes in big-endian, unpacked and packed; or a bare block.
 * https://parquet.apache.org/docs/file-format/data-pages/compression/
 */
export function unpackHadoopLz4(input: Uint8Array, size: number): Uint8Array {
  const view = new DataView(input.buffer, input.byteOffset, input.byteLength);
  const blocks: Uint8Array[] = [];
  let [at, end] = [0, 0];
  while (at + 8 <= input.length) {
    const [unpacked, packed] = [view.getUint32(at), view.getUint32(at + 4)];
    if (end + unpacked > size || at + 8 + packed > input.length) return unpackLz4(input, size);
    blocks.push(unpackLz4(input.subarray(at + 8, at + 8 + packed), unpacked));
    at += 8 + packed;
    end += unpacked;
  }
  return at === input.length && end === size ? Buffer.concat(blocks) : unpackLz4(input, size);
}
