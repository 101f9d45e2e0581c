/**
 * @file The central directory of a zip, and where the bytes of its entries lie; zip64 included. Own code, so that a damaged
 * entry stops only itself. Format: PKWARE, .ZIP File Format Specification (APPNOTE.TXT), 4.3 and 4.5.
 */

import { crc32 } from 'node:zlib';
import type { ByteSource } from './byteSource.ts';
import { decodeName } from './memberNames.ts';

export interface ZipEntry {
  name: string;
  /** Of its local header. */
  header: number;
  /** In the file, as it is packed. */
  length: number;
  /** Unpacked, as the directory claims. */
  size: number;
  encoding: 'deflate' | null;
  /** Milliseconds since 1970. */
  modified: number | undefined;
  /** CRC-32 of the unpacked bytes. */
  checksum: number;
  /** Why it cannot be read. */
  problem: string | undefined;
}

const [endSignature, end64Signature, locator64Signature] = [0x06054b50, 0x06064b50, 0x07064b50];
const [centralSignature, localSignature] = [0x02014b50, 0x04034b50];
const [endLength, locator64Length, end64Length, centralLength, localLength] = [22, 20, 56, 46, 30];
const maximumComment = 65_535;
const maximumEntries = 20_000_000;

/**
 * The entries in the order of the directory, folders among them; those whose bytes overlap others' have a problem.
 * `damage`: why the directory ends too early. @throws {Error} with a reason when there is none.
 */
export async function readZip(bytes: ByteSource): Promise<{ entries: ZipEntry[]; damage: string | undefined }> {
  const { start, end, shift } = await findDirectory(bytes);
  const entries: ZipEntry[] = [];
  let damage: string | undefined;
  for (let at = start; at < end && damage === undefined;) {
    const head = await bytes.read(at, Math.min(centralLength, end - at));
    if (head.length < centralLength || head.readUInt32LE() !== centralSignature) {
      damage = `damaged archive: no entry of the directory at byte ${at}`;
    } else if (entries.length >= maximumEntries) {
      damage = `archive has more than ${maximumEntries} entries`;
    } else {
      const [name, extra, comment] = [head.readUInt16LE(28), head.readUInt16LE(30), head.readUInt16LE(32)];
      const rest = await bytes.read(at + centralLength, name + extra);
      entries.push(parseEntry(head, rest.subarray(0, name), rest.subarray(name), shift));
      at += centralLength + name + extra + comment;
    }
  }
  markOverlaps(entries, start);
  return { entries, damage };
}

/** The place of an entry's bytes, behind its local header. @throws {Error} with a reason. */
export async function placeOf(
  bytes: ByteSource,
  { header, length }: ZipEntry,
): Promise<{ offset: number; length: number }> {
  const head = await bytes.read(header, localLength);
  if (head.length < localLength || head.readUInt32LE() !== localSignature) {
    throw new Error(`damaged archive: no entry at byte ${header}`);
  }
  const offset = header + localLength + head.readUInt16LE(26) + head.readUInt16LE(28);
  if (offset + length > bytes.size!)
    throw new Error(`damaged archive: an entry ends behind the file, at ${offset + length}`);
  return { offset, length };
}

interface Directory {
  start: number;
  end: number;
  /** What lies before the archive, e.g. a program that unpacks it. */
  shift: number;
}

async function findDirectory(bytes: ByteSource): Promise<Directory> {
  if (bytes.fault !== undefined) throw new Error(bytes.fault);
  if (bytes.compressed || bytes.size === undefined) throw new Error('not a zip: compressed as a whole');
  if (bytes.size === 0) throw new Error('empty file');
  const from = Math.max(0, bytes.size - maximumComment - endLength);
  const tail = await bytes.read(from, bytes.size - from);
  for (let i = tail.length - endLength; i >= 0; i--) {
    if (tail.readUInt32LE(i) !== endSignature || i + endLength + tail.readUInt16LE(i + 20) > tail.length) continue;
    let [end, size, offset] = [from + i, tail.readUInt32LE(i + 12), tail.readUInt32LE(i + 16)];
    const end64 = await findEnd64(bytes, end);
    if (end64) {
      end = end64.at;
      size = Number(end64.head.readBigUInt64LE(40));
      offset = Number(end64.head.readBigUInt64LE(48));
    }
    const start = end - size;
    if (start < 0 || offset > start)
      throw new Error(`damaged archive: its directory of ${size} bytes would begin at ${offset}`);
    return { start, end, shift: start - offset };
  }
  throw new Error('damaged archive: no directory at its end, it may be cut');
}

async function findEnd64(bytes: ByteSource, end: number): Promise<{ at: number; head: Buffer } | undefined> {
  const at = end - locator64Length - end64Length;
  if (at < 0) return undefined;
  const head = await bytes.read(at, end64Length + locator64Length);
  const isEnd64 = head.readUInt32LE() === end64Signature && head.readUInt32LE(end64Length) === locator64Signature;
  return isEnd64 ? { at, head } : undefined;
}

function parseEntry(head: Buffer, name: Buffer, extra: Buffer, shift: number): ZipEntry {
  const [system, flags, method] = [head[5], head.readUInt16LE(8), head.readUInt16LE(10)];
  const fields = fieldsOf(extra);
  // the 64-bit numbers that do not fit above, in this order
  const wide = fields.get(1) ?? Buffer.alloc(0);
  let at = 0;
  const number = (offset: number): number => {
    const value = head.readUInt32LE(offset);
    if (value !== 0xffffffff) return value;
    at += 8;
    return at > wide.length ? Number.NaN : Number(wide.readBigUInt64LE(at - 8));
  };
  const [size, length, header] = [number(24), number(20), number(42) + shift];
  const kind = system === 3 ? head.readUInt16LE(40) & 0o170000 : 0;
  let problem: string | undefined;
  if (!Number.isSafeInteger(size) || !Number.isSafeInteger(length) || !Number.isSafeInteger(header)) {
    problem = 'damaged archive: sizes of an entry are missing';
  } else if (flags & 1) problem = 'encrypted';
  else if (kind === 0o120000) problem = 'not a regular file: a symbolic link';
  else if (kind !== 0 && kind !== 0o100000 && kind !== 0o040000) problem = 'not a regular file: a device or pipe';
  else if (method !== 0 && method !== 8) problem = `unsupported compression: method ${method}`;
  else if (method === 0 && size !== length) problem = `damaged archive: ${length} bytes claim to be ${size}`;
  const modified = modifiedOf(head, fields.get(0x5455));
  const [checksum, encoding] = [head.readUInt32LE(16), method === 8 ? ('deflate' as const) : null];
  return { name: nameOf(name, fields.get(0x7075)), header, length, size, encoding, modified, checksum, problem };
}

/** Folders come from some Windows programs with backslashes; a name that has both keeps them. */
function nameOf(bytes: Buffer, unicode: Buffer | undefined): string {
  const name = isNameOf(bytes, unicode) ? decodeName(unicode.subarray(5)) : decodeName(bytes, codePage437);
  return name.includes('/') ? name : name.replaceAll('\\', '/');
}

/** The field of a name in UTF-8 counts unless a program changed the name and left it behind. */
const isNameOf = (bytes: Buffer, field: Buffer | undefined): field is Buffer =>
  field !== undefined && field.length > 5 && field[0] === 1 && field.readUInt32LE(1) === crc32(bytes);

/** The upper half of what a name without UTF-8 is written in, APPNOTE appendix D.1. */
const upper437 =
  'ÇüéâäàåçêëèïîìÄÅÉæÆôöòûùÿÖÜ¢£¥₧ƒáíóúñÑªº¿⌐¬½¼¡«»░▒▓│┤╡╢╖╕╣║╗╝╜╛┐└┴┬├─┼╞╟╚╔╩╦╠═╬╧╨╤╥╙╘╒╓╫╪┘┌█▄▌▐▀αßΓπΣσµτΦΘΩδ∞φε∩≡±≥≤⌠⌡÷≈°∙·√ⁿ²■\u00a0';

const codePage437 = (bytes: Uint8Array): string =>
  Array.from(bytes, (byte) => (byte < 128 ? String.fromCharCode(byte) : upper437[byte - 128]!)).join('');

function fieldsOf(extra: Buffer): Map<number, Buffer> {
  const fields = new Map<number, Buffer>();
  for (let at = 0; at + 4 <= extra.length;) {
    const end = at + 4 + extra.readUInt16LE(at + 2);
    fields.set(extra.readUInt16LE(at), extra.subarray(at + 4, end));
    at = end;
  }
  return fields;
}

/** Seconds since 1970 where the entry has them; else the DOS time, whose zone nobody knows, as UTC. */
function modifiedOf(head: Buffer, unix: Buffer | undefined): number | undefined {
  if (unix && unix.length >= 5 && unix[0]! & 1) return unix.readInt32LE(1) * 1000;
  const [time, date] = [head.readUInt16LE(12), head.readUInt16LE(14)];
  if (date < 0x22) return undefined; // 1 January 1980 stands for no date
  const [year, month, day] = [1980 + (date >> 9), ((date >> 5) & 15) - 1, date & 31];
  return Date.UTC(year, month, day, time >> 11, (time >> 5) & 63, (time & 31) * 2);
}

/** Overlapping entries are how a small zip unpacks to petabytes: the one that begins inside another is refused. */
function markOverlaps(entries: readonly ZipEntry[], directory: number): void {
  let end = 0;
  for (const entry of entries.filter(({ problem }) => problem === undefined).sort((a, b) => a.header - b.header)) {
    const own = entry.header + localLength + entry.length;
    if (entry.header < end) entry.problem = 'damaged archive: overlapping entries';
    else if (own > directory) entry.problem = `damaged archive: an entry ends behind the others, at ${own}`;
    else end = own;
  }
}
