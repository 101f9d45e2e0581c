/** @file A zip made byte by byte, right or wrong as a test wants it. */

import { crc32, deflateRawSync } from 'node:zlib';

export interface ZipMember {
  name: string | Uint8Array;
  content?: Uint8Array | string;
  deflate?: boolean;
  /** Bytes that it claims to unpack to, where they are not those of the content. */
  size?: number;
  /** Where it is not that of the content. */
  checksum?: number;
  flags?: number;
  method?: number;
  /** As Unix has it, with the type of the file. */
  mode?: number;
  extra?: Uint8Array;
  /** Where its local header lies, instead of at its own; none is written then. */
  header?: number;
}

/** Members, directory and end; `before` is what a program that unpacks itself would be. */
export function makeZip(members: readonly ZipMember[], before: Uint8Array = Buffer.alloc(0)): Buffer {
  const local: Uint8Array[] = [before];
  const directory: Uint8Array[] = [];
  let at = 0;
  for (const { header, ...member } of members) {
    const name = Buffer.from(member.name as string);
    const extra = member.extra ?? Buffer.alloc(0);
    const content = Buffer.from((member.content ?? '') as string);
    const packed = member.deflate ? deflateRawSync(content) : content;
    const fields = Buffer.alloc(26);
    fields.writeUInt16LE(member.flags ?? 0, 2);
    fields.writeUInt16LE(member.method ?? (member.deflate ? 8 : 0), 4);
    fields.writeUInt16LE(((2020 - 1980) << 9) | (1 << 5) | 1, 8); // 1 January 2020
    fields.writeUInt32LE(member.checksum ?? crc32(content), 10);
    fields.writeUInt32LE(packed.length, 14);
    fields.writeUInt32LE(member.size ?? content.length, 18);
    fields.writeUInt16LE(name.length, 22);
    fields.writeUInt16LE(extra.length, 24);
    const rest = Buffer.alloc(14);
    rest.writeUInt16LE(member.mode ?? 0, 8); // the upper half of the external attributes
    rest.writeUInt32LE(header ?? at, 10);
    directory.push(Buffer.from('PK\x01\x02\x14\x03', 'latin1'), fields, rest, name, extra);
    if (header === undefined) {
      local.push(Buffer.from('PK\x03\x04', 'latin1'), fields, name, extra, packed);
      at += 30 + name.length + extra.length + packed.length;
    }
  }
  const list = Buffer.concat(directory);
  const end = Buffer.alloc(22);
  end.write('PK\x05\x06', 'latin1');
  end.writeUInt16LE(members.length, 8);
  end.writeUInt16LE(members.length, 10);
  end.writeUInt32LE(list.length, 12);
  end.writeUInt32LE(at, 16);
  return Buffer.concat([...local, list, end]);
}
