/** @file A tar made byte by byte, right or wrong as a test wants it. */

export interface Entry {
  name: string | Uint8Array;
  content?: Uint8Array | string;
  /** '0' is a file. */
  type?: string;
  link?: string;
  /** The field as it stands, where it is not the length of the content. */
  size?: string | Uint8Array;
  modified?: number;
  checksum?: string;
}

/** Members and the two blocks of zeros at the end. */
export const makeTar = (entries: readonly Entry[]): Buffer =>
  Buffer.concat([...entries.map(makeEntry), Buffer.alloc(1024)]);

export function makeEntry({
  name,
  content = '',
  type = '0',
  link = '',
  size,
  modified = 1e9,
  checksum,
}: Entry): Buffer {
  const data = Buffer.from(content as string);
  const head = Buffer.alloc(512);
  Buffer.from(name as string).copy(head, 0, 0, 100);
  head.write('0000644\0' + '0000000\0'.repeat(2), 100);
  Buffer.from((size ?? octal(data.length)) as string).copy(head, 124, 0, 12);
  head.write(octal(modified), 136);
  head.write(' '.repeat(8) + type + link, 148);
  head.write('ustar\x0000', 257);
  const sum = head.reduce((total, byte) => total + byte, 0);
  head.write(checksum ?? `${sum.toString(8).padStart(6, '0')}\0 `, 148);
  return Buffer.concat([head, data, Buffer.alloc(-data.length & 511)]);
}

/** A PAX header for the entry behind it. */
export const pax = (records: Record<string, string>): Entry => ({
  name: 'PaxHeaders/x',
  type: 'x',
  content: Object.entries(records)
    .map(([key, value]) => {
      const rest = Buffer.byteLength(` ${key}=${value}\n`);
      let length = rest + 1;
      while (length !== rest + String(length).length) length = rest + String(length).length;
      return `${length} ${key}=${value}\n`;
    })
    .join(''),
});

/** A number as GNU tar writes large ones: big-endian, the first bit set. */
export function base256(value: bigint): Buffer {
  const field = Buffer.alloc(12, value < 0n ? 0xff : 0);
  for (let i = 11, rest = value; i > 0; i--, rest >>= 8n) field[i] = Number(rest & 255n);
  if (value >= 0n) field[0] = 0x80;
  return field;
}

const octal = (value: number): string => value.toString(8).padStart(11, '0') + '\0';
