/** @file What is known of the teachers of this machine. */

import { stat } from 'node:fs/promises';
import path from 'node:path';
import { inspectModel, type Layout } from '../clip/model.ts';
import type { ClipConfig } from '../clip/config.ts';
import { DistilleryError, messageOf } from '../errors.ts';
import type { StageContext } from '../progress.ts';
import { checksumOf } from './checksum.ts';
import { bundledFacts, bundledFiles, bundledName, partsDir } from './parts.ts';
import { folderOf, isTeacherName, readTeacher, teacherNames, type Registered } from './registry.ts';

export interface TeacherFacts {
  name: string;
  kind: 'bundled' | 'path' | 'hub';
  /** `bundled`, the path that was registered, or `hf:ORG/NAME`. */
  source: string;
  /** Commit of the hub. */
  revision: string | null;
  /** What is read: a folder, or a file of weights. */
  path: string;
  layout: Layout | 'bundled';
  embedDim: number;
  /** Side of the pictures that it looks at, in pixels. */
  imageSize: number;
  contextLength: number;
  /** Null where that would mean reading it: `info` of the bundled one says it. */
  parameters: number | null;
  /** Of the weights on disk. */
  bytes: number;
  /** Of the weights, when they were added. */
  sha256: string | null;
  addedAt: string | null;
  /** Why it cannot be used now, and what to do. */
  problem: string | null;
}

export interface TeacherDetails extends TeacherFacts {
  /** Towers, tokens and preprocessing; null for the bundled one, whose towers are no transformers of CLIP, and where it cannot be read. */
  config: ClipConfig | null;
  /** Whether the checksum was computed again and is the same; null where that was not asked for. */
  verified: boolean | null;
}

/** The bundled one first. A damaged entry has its problem in the place of its facts. */
export async function listTeachers(): Promise<TeacherFacts[]> {
  const names = await teacherNames();
  return Promise.all([bundledName, ...names].map(describeOrProblem));
}

async function describeOrProblem(name: string): Promise<TeacherFacts> {
  try {
    return await describeTeacher(name);
  } catch (error) {
    if (!(error instanceof DistilleryError)) throw error;
    return {
      ...{ name, kind: 'path', source: '', revision: null, path: folderOf(name), layout: 'open_clip' },
      ...{ embedDim: 0, imageSize: 0, contextLength: 0, parameters: null, bytes: 0, sha256: null, addedAt: null },
      problem: messageOf(error),
    };
  }
}

/** @throws {UsageError} when there is none of that name. @throws {DistilleryError} when its record is damaged */
export async function describeTeacher(name: string): Promise<TeacherFacts> {
  if (name === bundledName) return describeBundled();
  const found = readTeacher(name);
  const { record } = found;
  const { source, revision, layout, embedDim, imageSize, contextLength, parameters, addedAt } = record;
  return {
    ...{ name, kind: source.startsWith('hf:') ? 'hub' : 'path', source, revision, path: found.path, layout },
    ...{ embedDim, imageSize, contextLength, parameters, addedAt },
    bytes: record.files[0]!.bytes,
    sha256: record.files[0]!.sha256,
    problem: await problemOf(found),
  };
}

async function weightsFile({ path: place, record }: Registered): Promise<string> {
  const found = await stat(place).catch(() => undefined);
  return found?.isDirectory() ? path.join(place, record.files[0]!.name) : place;
}

async function problemOf(found: Registered): Promise<string | null> {
  const file = await weightsFile(found);
  const there = await stat(file).catch(() => undefined);
  const again = `Forget it with distillery teacher remove ${found.name}, and add it again.`;
  if (!there) return `${file} is gone. ${again}`;
  const { bytes } = found.record.files[0]!;
  return there.size === bytes ? null : `${file} has ${there.size} bytes, ${bytes} when it was added. ${again}`;
}

async function describeBundled(): Promise<TeacherFacts> {
  const sizes = await Promise.all(
    bundledFiles().map((file) =>
      stat(file).then(
        ({ size }) => size,
        () => null,
      ),
    ),
  );
  const missing = sizes.includes(null);
  return {
    ...{ name: bundledName, kind: 'bundled', source: bundledName, revision: null, path: partsDir(), layout: 'bundled' },
    ...bundledFacts,
    parameters: null,
    bytes: sizes.reduce<number>((sum, size) => sum + (size ?? 0), 0),
    ...{ sha256: null, addedAt: null },
    problem: missing ? `Its parts are not in ${partsDir()}. Fetch them with: npm run setup.` : null,
  };
}

/**
 * @param reference a name of this machine, or a model on disk
 * @param verify computes the checksum of the weights again
 */
export async function teacherDetails(
  reference: string,
  { verify }: { verify: boolean },
  context: StageContext,
): Promise<TeacherDetails> {
  if (!isTeacherName(reference)) return detailsOfPath(path.resolve(reference), reference);
  const facts = await describeTeacher(reference);
  if (facts.problem !== null) return { ...facts, config: null, verified: null };
  if (facts.kind === 'bundled') {
    const { loadBundled } = await import('./bundled.ts');
    const { weights } = await loadBundled();
    const parameters = [...weights.values()].reduce((sum, { data }) => sum + data.length, 0);
    return { ...facts, parameters, config: null, verified: null };
  }
  const found = readTeacher(reference);
  const { config } = await inspectModel(found.path);
  const verified = verify ? (await checksumOf(await weightsFile(found), 'sha256', context)) === facts.sha256 : null;
  const problem = verified === false ? `Its weights changed since it was added on ${facts.addedAt ?? ''}.` : null;
  return { ...facts, config: { ...config, name: reference }, verified, problem };
}

/** Of a model without a name. @throws {UsageError} */
async function detailsOfPath(place: string, reference: string): Promise<TeacherDetails> {
  // says what is wrong with a word that is neither a name nor a path
  if (!(await stat(place).catch(() => undefined))) readTeacher(reference);
  const { config, layout, parameters, bytes } = await inspectModel(place);
  return {
    ...{ name: config.name, kind: 'path', source: place, revision: null, path: place, layout },
    ...{ embedDim: config.embedDim, imageSize: config.vision.imageSize, contextLength: config.text.contextLength },
    ...{ parameters, bytes, sha256: null, addedAt: null, problem: null, config, verified: null },
  };
}
