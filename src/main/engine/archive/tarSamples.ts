/** @file Members of a tar as the samples of a WebDataset: those that follow each other with the same name before its first dot. */

import type { ByteSource } from './byteSource.ts';
import { isHidden, problemOfName, shownName } from './memberNames.ts';
import { cutAt, readTar, type TarMember } from './tar.ts';

export interface Member {
  name: string;
  /** What follows the first dot, in small letters. */
  ending: string;
  offset: number;
  length: number;
  modified: number | undefined;
  /** Of a compressed archive, where it cannot be read later. */
  content: Buffer | undefined;
}

export interface Sample {
  /** With its folder. */
  key: string;
  members: Member[];
  /** Why all of it is skipped. */
  problem: string | undefined;
  /** 2 for the second sample of this key. */
  occurrence: number;
}

/** Names an archive itself where it has no sample. */
const archiveKey = '.';
const maximumMembers = 1000;
/** Of one sample, where its members have to be held. */
const maximumContent = 1 << 30;

/** A sample that lost a member to damage is skipped whole: a picture must not pass without its caption. */
export async function* readSamples(bytes: ByteSource): AsyncGenerator<Sample, void, undefined> {
  const occurrences = new Map<string, number>();
  let current: Sample | undefined;
  /** Of the sample that begins next. */
  let damage: string | undefined;
  const begin = (key: string): Sample => {
    const occurrence = (occurrences.get(key) ?? 0) + 1;
    occurrences.set(key, occurrence);
    const problem = damage;
    damage = undefined;
    return { key, members: [], problem, occurrence };
  };
  for await (const found of readTar(bytes)) {
    if ('damage' in found) {
      damage = found.damage;
      if (current) current.problem ??= damage;
      continue;
    }
    const member = nameMember(found);
    if (member === undefined) continue;
    const { key, problem, ...named } = member;
    if (current?.key !== key || current.members.some(({ ending }) => ending === named.ending)) {
      if (current) yield current;
      current = begin(key);
    }
    current.problem ??= problem;
    if (current.members.length >= maximumMembers) current.problem ??= `more than ${maximumMembers} members`;
    else current.members.push({ ...named, content: await keep(bytes, current, found) });
  }
  if (current) yield current;
  else if (occurrences.size === 0) {
    const sample = begin(archiveKey);
    sample.problem ??= bytes.size === 0 && !bytes.compressed ? 'empty file' : 'archive holds no samples';
    yield sample;
  }
}

/** Undefined for a member that belongs to no sample, as the webdataset library sees it. */
function nameMember({ name: raw, problem: damage, offset, length, modified }: TarMember) {
  const unsafe = problemOfName(raw);
  const name = shownName(raw.replace(/^(\.\/)+/, ''));
  if (unsafe === undefined && isHidden(name)) return undefined;
  const problem = unsafe === undefined ? damage : `${unsafe}: ${name.slice(0, 200)}`;
  const base = name.lastIndexOf('/') + 1;
  const dot = name.indexOf('.', base + 1);
  if (dot === -1 && problem === undefined) return undefined;
  const [key, ending] = dot === -1 ? [name, ''] : [name.slice(0, dot), name.slice(dot + 1).toLowerCase()];
  return { key, name, ending, offset, length, modified, problem };
}

/** The bytes of a member of a compressed archive, unless its sample is skipped anyway. */
async function keep(bytes: ByteSource, sample: Sample, { offset, length }: TarMember): Promise<Buffer | undefined> {
  if (!bytes.compressed || sample.problem !== undefined) return undefined;
  const held = sample.members.reduce((sum, member) => sum + (member.content?.length ?? 0), length);
  if (held > maximumContent) {
    sample.problem = `file too large: ${held} bytes in one sample of a compressed archive`;
    return undefined;
  }
  const content = await bytes.read(offset, length);
  if (content.length === length) return content;
  sample.problem = bytes.fault ?? cutAt(bytes.size ?? offset);
  return undefined;
}
