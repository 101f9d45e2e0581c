/** @file Writes tar archives (POSIX ustar; a PAX record carries names that it has no room for). The same members are the same bytes. */

const block = 512;

/** One file of an archive. */
export interface TarMember {
  /** With slashes. */
  name: string;
  bytes: Uint8Array;
}

/** Two empty blocks. */
export const tarEnd = new Uint8Array(2 * block);

/** Bytes that a member takes. */
export const tarSize = ({ name, bytes }: { name: string; bytes: { length: number } }): number =>
  (splitName(name) ? 0 : block + padded(paxRecord(name).length)) + block + padded(bytes.length);

/** Header, content and padding of a member; owner, mode and time are always the same. */
export function* tarParts({ name, bytes }: TarMember): Generator<Uint8Array> {
  const split = splitName(name);
  if (split === undefined) {
    const record = paxRecord(name);
    yield header({ name: 'pax', prefix: '' }, record.length, 'x');
    yield* content(record);
  }
  yield header(split ?? { name: shortened(name), prefix: '' }, bytes.length, '0');
  yield* content(bytes);
}

function* content(bytes: Uint8Array): Generator<Uint8Array> {
  yield bytes;
  if (bytes.length % block !== 0) yield new Uint8Array(padded(bytes.length) - bytes.length);
}

const padded = (length: number): number => Math.ceil(length / block) * block;

interface Name {
  /** At most 100 bytes. */
  name: string;
  /** At most 155 bytes. */
  prefix: string;
}

/** The name in ustar's two fields, cut at a slash; undefined when it does not fit or is not ASCII. */
function splitName(name: string): Name | undefined {
  if (/[^\x20-\x7e]/.test(name)) return undefined;
  if (name.length <= 100) return { name, prefix: '' };
  const slash = name.indexOf('/', name.length - 101);
  if (slash < 1 || slash > 155 || slash === name.length - 1) return undefined;
  return { name: name.slice(slash + 1), prefix: name.slice(0, slash) };
}

/** For readers that do not know PAX. */
const shortened = (name: string): string => name.replaceAll(/[^\x20-\x7e]/g, '_').slice(-100);

/** "LENGTH path=NAME\n", where the length counts its own digits. */
function paxRecord(name: string): Buffer {
  const rest = Buffer.byteLength(` path=${name}\n`);
  let length = rest + 1;
  while (String(length).length + rest !== length) length = String(length).length + rest;
  return Buffer.from(`${length} path=${name}\n`);
}

function header({ name, prefix }: Name, size: number, type: '0' | 'x'): Buffer {
  const bytes = Buffer.alloc(block);
  const octal = (value: number, offset: number, digits: number) =>
    bytes.write(value.toString(8).padStart(digits, '0'), offset, 'latin1');
  bytes.write(name, 0, 'latin1');
  octal(0o644, 100, 7);
  octal(0, 108, 7); // user
  octal(0, 116, 7); // group
  octal(size, 124, 11);
  octal(0, 136, 11); // time
  bytes.fill(' ', 148, 156); // the checksum counts as spaces
  bytes.write(type, 156, 'latin1');
  bytes.write('ustar\x0000', 257, 'latin1');
  octal(0, 329, 7);
  octal(0, 337, 7);
  bytes.write(prefix, 345, 'latin1');
  let sum = 0;
  for (const byte of bytes) sum += byte;
  bytes.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148, 'latin1');
  return bytes;
}
