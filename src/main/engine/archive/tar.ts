/**
 * @file The members of a tar and where their bytes lie: ustar, GNU long names and base-256 numbers, PAX headers.
 * Own code because pictures are read in place later, and the tar libraries give streams without offsets.
 * Format: POSIX.1-2017, pax, "ustar Interchange Format" and "pax Interchange Format"; GNU tar manual, "Basic Tar Format".
 */

import type { ByteSource } from './byteSource.ts';
import { decodeName } from './memberNames.ts';

export interface TarMember {
  name: string;
  /** In bytes. */
  offset: number;
  length: number;
  /** Milliseconds since 1970. */
  modified: number | undefined;
  /** Why it cannot be read. */
  problem: string | undefined;
}

/** Something that is no member; what follows may be missing its beginning. */
export interface Damage {
  damage: string;
}

interface Header {
  name: string;
  size: number;
  modified: number | undefined;
  type: string;
}

/** What precedes a member and overrides its header. */
type Extended = Partial<Pick<Header, 'name' | 'size' | 'modified'>> & { sparse?: boolean };

const block = 512;
const maximumExtended = 1 << 20;
const linkKinds: Record<string, string> = {
  1: 'a hard link',
  2: 'a symbolic link',
  3: 'a device',
  4: 'a device',
  6: 'a pipe',
};

/**
 * Members in their order, folders left out. Behind a damaged header the next good one is searched.
 * The caller reads members through `bytes`, of a compressed source before it asks for the next one.
 */
export async function* readTar(bytes: ByteSource): AsyncGenerator<TarMember | Damage, void, undefined> {
  let at = 0;
  /** Where the last member ends, without its padding. */
  let end = 0;
  let extended: Extended = {};
  let searching = false;
  for (;;) {
    const head = await bytes.read(at, block);
    if (head.length < block) {
      if (bytes.fault !== undefined) yield { damage: bytes.fault };
      else if (!searching && (head.length > 0 || end > (bytes.size ?? end))) yield { damage: cutAt(bytes.size ?? at) };
      return;
    }
    if (!searching && head.every((byte) => byte === 0)) return;
    const header = parseHeader(head);
    const size = extended.size ?? header?.size ?? Number.NaN;
    if (header === undefined || !(size >= 0)) {
      if (!searching) yield { damage: `damaged archive: no tar header at byte ${at}` };
      if (at === 0) return;
      [at, searching, extended] = [at + block, true, {}];
      continue;
    }
    searching = false;
    const offset = at + block;
    if ('xgLK'.includes(header.type)) {
      const data = size <= maximumExtended ? await bytes.read(offset, size) : Buffer.alloc(0);
      const more = data.length === size ? readExtended(header.type, data) : undefined;
      if (more === undefined) yield { damage: `damaged archive: wrong extended header at byte ${at}` };
      extended = { ...extended, ...more };
      searching = more === undefined;
      at = searching ? offset : offset + padded(size);
      continue;
    }
    const member = { name: extended.name ?? header.name, offset, modified: extended.modified ?? header.modified };
    const kind = linkKinds[header.type];
    const { sparse } = extended;
    extended = {};
    const folder = header.type === '5' || member.name.endsWith('/');
    if (kind !== undefined) yield { ...member, length: 0, problem: `not a regular file: ${kind}` };
    if (kind !== undefined || folder) {
      at = offset; // links and folders have no bytes, whatever their size says
      continue;
    }
    if (bytes.size !== undefined && offset + size > bytes.size) {
      yield { ...member, length: 0, problem: cutAt(bytes.size) };
      [at, searching] = [offset, true];
      continue;
    }
    const regular = '0\x007'.includes(header.type) && sparse !== true;
    const problem = regular ? undefined : `not a regular file: type ${JSON.stringify(sparse ? 'sparse' : header.type)}`;
    if (header.type !== 'V') yield { ...member, length: size, problem };
    end = offset + size;
    at = offset + padded(size);
  }
}

/** Reason for an archive of `size` bytes that should have more. */
export const cutAt = (size: number) => `damaged archive: cut, it ends at byte ${size}`;
const padded = (size: number) => Math.ceil(size / block) * block;

/** Undefined for what is no header, or has a wrong checksum. */
function parseHeader(head: Buffer): Header | undefined {
  let [unsigned, signed] = [0, 0];
  for (let i = 0; i < block; i++) {
    const byte = i >= 148 && i < 156 ? 32 : head[i]!;
    unsigned += byte;
    signed += byte < 128 ? byte : byte - 256; // as some old programs count
  }
  const sum = parseNumber(head.subarray(148, 156));
  if (sum !== unsigned && sum !== signed) return undefined;
  const prefix = head.toString('latin1', 257, 263) === 'ustar\0' ? textAt(head, 345, 155) : '';
  const name = textAt(head, 0, 100);
  return {
    name: prefix === '' ? name : `${prefix}/${name}`,
    size: parseNumber(head.subarray(124, 136)),
    modified: milliseconds(parseNumber(head.subarray(136, 148))),
    type: head.toString('latin1', 156, 157),
  };
}

function textAt(head: Buffer, at: number, length: number): string {
  const field = head.subarray(at, at + length);
  const end = field.indexOf(0);
  return decodeName(end === -1 ? field : field.subarray(0, end));
}

/** Octal text, or a big-endian integer behind a set first bit; NaN for anything else. */
function parseNumber(field: Buffer): number {
  if (field[0]! & 0x80) {
    let value = field[0] === 0xff ? -1n : BigInt(field[0]! & 0x7f);
    for (const byte of field.subarray(1)) value = value * 256n + BigInt(byte);
    return value > Number.MAX_SAFE_INTEGER ? Number.NaN : Number(value);
  }
  const text = field
    .toString('latin1')
    .replace(/^ +/, '')
    .replace(/[\0 ][^]*$/, '');
  if (text === '') return 0;
  return /^[0-7]+$/.test(text) ? Number.parseInt(text, 8) : Number.NaN;
}

/** Zero and less is what programs write that hide the time. */
const milliseconds = (seconds: number): number | undefined =>
  seconds > 0 && seconds < 1e11 ? Math.round(seconds * 1000) : undefined;

/** Undefined when it is damaged. */
function readExtended(type: string, data: Buffer): Extended | undefined {
  if (type === 'L') return { name: textAt(data, 0, data.length) };
  if (type !== 'x') return {};
  const extended: Extended = {};
  for (let at = 0; at < data.length;) {
    const space = data.indexOf(32, at);
    const digits = data.toString('latin1', at, Math.max(space, at));
    const end = at + Number(digits);
    if (!/^[1-9]\d{0,7}$/.test(digits) || end > data.length || data[end - 1] !== 10) return undefined;
    const equals = data.indexOf(61, space);
    if (equals === -1 || equals >= end) return undefined;
    const key = data.toString('latin1', space + 1, equals);
    const value = data.subarray(equals + 1, end - 1);
    if (key === 'path') extended.name = decodeName(value);
    if (key === 'size') extended.size = /^\d{1,15}$/.test(value.toString('latin1')) ? Number(value) : Number.NaN;
    if (key === 'mtime') extended.modified = milliseconds(Number(value));
    if (key.startsWith('GNU.sparse.')) extended.sparse = true;
    at = end;
  }
  return extended;
}
