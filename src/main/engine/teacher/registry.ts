/**
 * @file Teachers of this machine by name. Each is a folder `teachers/NAME` of the cache with a `teacher.json`; what was downloaded
 * lies beside it, what was registered stays where it is. So two processes never write the same file, and one broken entry spoils no other.
 */

import { existsSync, readFileSync } from 'node:fs';
import { readdir, rm, rmdir } from 'node:fs/promises';
import path from 'node:path';
import { z } from 'zod';
import { DistilleryError, UsageError, messageOf } from '../errors.ts';
import { bundledName, cacheDir } from './parts.ts';

const recordFile = 'teacher.json';
const count = z.int().nonnegative();
const text = z.string().max(4096);
const plainFile = z.string().regex(/^[A-Za-z0-9][A-Za-z0-9._-]*$/);

const recordSchema = z.object({
  version: z.literal(1),
  /** `hf:ORG/NAME`, or the absolute path that was registered. */
  source: text.min(1),
  /** Commit of the hub; null for a path. */
  revision: z
    .string()
    .regex(/^[0-9a-f]{40}$/)
    .nullable(),
  /** Where the model lies; null where its files were downloaded and lie beside this record. */
  path: text.min(1).nullable(),
  layout: z.enum(['open_clip', 'transformers']),
  /** Weights first, then what else was downloaded. */
  files: z
    .array(z.object({ name: plainFile.or(text.min(1)), bytes: count, sha256: z.string().regex(/^[0-9a-f]{64}$/) }))
    .min(1)
    .max(16),
  embedDim: count,
  imageSize: count,
  contextLength: count,
  parameters: count,
  addedAt: z.iso.datetime(),
});
export type TeacherRecord = z.infer<typeof recordSchema>;

export interface Registered {
  name: string;
  /** What a model is loaded from. */
  path: string;
  record: TeacherRecord;
}

export const teachersDir = (): string => path.join(cacheDir(), 'teachers');
/** Where the downloads of a teacher go on, outside the names. */
export const downloadsDir = (): string => path.join(teachersDir(), '.downloads');
export const folderOf = (name: string): string => path.join(teachersDir(), name);

const namePattern = /^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$/;

/** @throws {UsageError} for what cannot be the name of a folder on every system, or is taken for something else */
export function checkName(name: string): string {
  if (name.toLowerCase() === bundledName) {
    throw new UsageError(`${bundledName} is the teacher that comes with the program. Choose another name.`);
  }
  if (!namePattern.test(name) || name.endsWith('.')) {
    throw new UsageError(
      `${JSON.stringify(name.slice(0, 120))} cannot be a name: up to 100 letters, digits, dots, dashes and underscores, beginning with a letter or digit. Give one with --name.`,
    );
  }
  return name;
}

/** Whether a reference names a teacher of this machine; anything else is a path. */
export const isTeacherName = (reference: string): boolean =>
  reference === bundledName || (namePattern.test(reference) && existsSync(path.join(folderOf(reference), recordFile)));

/** The place of a model: that of a registered teacher, or the reference as it is. @throws {DistilleryError} for a broken record */
export function resolveModel(reference: string): string {
  return reference !== bundledName && isTeacherName(reference) ? readTeacher(reference).path : reference;
}

/** @throws {UsageError} when there is none of that name. @throws {DistilleryError} when its record is damaged */
export function readTeacher(name: string): Registered {
  const file = path.join(folderOf(name), recordFile);
  if (!namePattern.test(name) || !existsSync(file)) {
    throw new UsageError(
      `There is no teacher ${JSON.stringify(name)}. distillery teacher list shows those that there are.`,
    );
  }
  try {
    const record = recordSchema.parse(JSON.parse(readFileSync(file, 'utf8')));
    return { name, path: record.path ?? folderOf(name), record };
  } catch (error) {
    const why = error instanceof z.ZodError ? z.prettifyError(error) : messageOf(error);
    throw new DistilleryError(
      `${file} is damaged: ${why}. Remove the teacher with distillery teacher remove ${name} and add it again.`,
      { cause: error },
    );
  }
}

/** Names with a record, sound or not, in order. */
export async function teacherNames(): Promise<string[]> {
  const names = await readdir(teachersDir()).catch(() => []);
  return names.filter((name) => name !== bundledName && isTeacherName(name)).toSorted();
}

/** Another spelling of a name is the same folder on some systems. */
export async function nameInUse(name: string): Promise<string | undefined> {
  const names = await readdir(teachersDir()).catch(() => []);
  return names.find((other) => other.toLowerCase() === name.toLowerCase());
}

/** What goes into a teacher's folder. */
export const recordText = (record: TeacherRecord): string => JSON.stringify(record, null, 2) + '\n';
export const recordPath = (dir: string): string => path.join(dir, recordFile);

export interface Removal {
  name: string;
  /** Files of a download that are gone. */
  deleted: string[];
  bytes: number;
  /** The model that stays where it is; null for a download. */
  kept: string | null;
}

/** Forgets a teacher, and deletes what was downloaded for it; nothing else is touched. @throws {UsageError} */
export async function removeTeacher(name: string): Promise<Removal> {
  if (name === bundledName) throw new UsageError(`${bundledName} comes with the program and stays.`);
  const dir = folderOf(name);
  if (!isTeacherName(name)) readTeacher(name);
  const { path: kept, files } = recordOrNothing(name);
  const downloaded = kept === null ? files.filter(({ name: file }) => plainFile.safeParse(file).success) : [];
  for (const file of downloaded) await rm(path.join(dir, file.name), { force: true });
  await rm(recordPath(dir));
  // what somebody else put there stays
  await rmdir(dir).catch(() => undefined);
  return {
    name,
    deleted: downloaded.map((file) => path.join(dir, file.name)),
    bytes: downloaded.reduce((sum, { bytes }) => sum + bytes, 0),
    kept,
  };
}

/** A damaged record names nothing that may be deleted. */
function recordOrNothing(name: string): Pick<TeacherRecord, 'path' | 'files'> {
  try {
    return readTeacher(name).record;
  } catch (error) {
    if (!(error instanceof DistilleryError)) throw error;
    return { path: folderOf(name), files: [] };
  }
}
