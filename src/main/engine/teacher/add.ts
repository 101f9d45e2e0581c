/** @file A name for a model on disk or of the hub. */

import { mkdir, mkdtemp, rename, rm, stat } from 'node:fs/promises';
import path from 'node:path';
import { inspectModel, type ModelFacts } from '../clip/model.ts';
import { stemOf } from '../clip/weightFiles.ts';
import { DistilleryError, UsageError } from '../errors.ts';
import type { StageContext } from '../progress.ts';
import { isDiskFull, writeWhole } from '../store/files.ts';
import { checksumOf } from './checksum.ts';
import { describeTeacher, type TeacherFacts } from './describe.ts';
import { chooseFiles } from './hub/choose.ts';
import { openHub, type HubFile } from './hub/client.ts';
import { patient, type FetchOptions } from './hub/fetchFile.ts';
import { fetchModel } from './hub/fetchModel.ts';
import { manualDownload } from './hub/manual.ts';
import { filesOfSnapshot, findSnapshot, snapshotHas, type Snapshot } from './hub/snapshot.ts';
import { hubSettings, isHubSource, parseHubSource, type HubSettings, type HubSource } from './hub/source.ts';
import {
  checkName,
  downloadsDir,
  folderOf,
  nameInUse,
  readTeacher,
  recordPath,
  recordText,
  teachersDir,
  type TeacherRecord,
} from './registry.ts';

export interface AddOptions {
  name?: string | undefined;
  fetching?: FetchOptions;
}

export interface Added extends TeacherFacts {
  /** It was there already, from the same source. */
  unchanged: boolean;
}

type Origin = Pick<TeacherRecord, 'source' | 'revision' | 'path'>;

/**
 * Registers `hf:ORG/NAME[@REVISION]`, which is downloaded first, or a model on disk, which stays where it is. That it can be loaded is
 * checked by its configuration and the shapes of its tensors.
 * @throws {UsageError} when the name is taken by another. @throws {DistilleryError} when it is no model, or cannot be fetched
 */
export async function addTeacher(source: string, options: AddOptions, context: StageContext): Promise<Added> {
  return isHubSource(source)
    ? addFromHub(source, options, context)
    : addFromDisk(path.resolve(source), options, context);
}

async function addFromDisk(place: string, options: AddOptions, context: StageContext): Promise<Added> {
  const name = checkName(options.name ?? suggestedName(place));
  const there = await existing(name, { source: place, revision: null });
  if (there) return there;
  const facts = await inspectModel(place);
  return register(name, { source: place, revision: null, path: place }, facts, await sumsOf([facts.file], context));
}

/** Of a training run's checkpoint the run's name says more than `epoch_32`. */
function suggestedName(place: string): string {
  const stem = stemOf(place).replace(/[^A-Za-z0-9._-]+/g, '-');
  const parent = path.dirname(place);
  return path.basename(parent) === 'checkpoints' ? `${path.basename(path.dirname(parent))}-${stem}` : stem;
}

async function addFromHub(given: string, options: AddOptions, context: StageContext): Promise<Added> {
  const source = parseHubSource(given);
  const settings = hubSettings();
  const name = checkName(options.name ?? source.repo.slice(source.repo.indexOf('/') + 1));
  if (settings.offline) return addFromSnapshot(name, source, settings, context);
  const hub = openHub(source, settings, context.signal);
  const commit = await hub.commit();
  const origin = { source: `hf:${source.repo}`, revision: commit };
  const there = await existing(name, origin);
  if (there) return there;
  const snapshot = await findSnapshot(source, settings, commit);
  if (snapshot) {
    const { files, weights } = chooseFiles(await hub.files(commit), source.repo);
    if (await snapshotHas(snapshot, files, context))
      return addSnapshot(name, source, snapshot, [weights.name], context);
  }
  const { dir, files, weights } = await fetchModel(hub, source.repo, commit, context, options.fetching ?? patient);
  const facts = await inspectModel(dir).catch(async (error: unknown) => {
    await rm(dir, { recursive: true });
    throw error;
  });
  const inOrder = [weights, ...files.filter((file) => file !== weights)];
  const sums = await Promise.all(inOrder.map((file) => sumOf(dir, file, context)));
  return register(name, { ...origin, path: null }, facts, sums, dir);
}

const sumOf = async (dir: string, { name, bytes, checksum }: HubFile, context: StageContext) => ({
  name,
  bytes,
  sha256: checksum.kind === 'sha256' ? checksum.value : await checksumOf(path.join(dir, name), 'sha256', context),
});

const sumsOf = (files: readonly string[], context: StageContext): Promise<TeacherRecord['files']> =>
  Promise.all(
    files.map(async (file) => ({
      name: path.basename(file),
      bytes: (await stat(file)).size,
      sha256: await checksumOf(file, 'sha256', context),
    })),
  );

async function addFromSnapshot(
  name: string,
  source: HubSource,
  settings: HubSettings,
  context: StageContext,
): Promise<Added> {
  const snapshot = await findSnapshot(source, settings);
  if (!snapshot) {
    throw new UsageError(
      `HF_HUB_OFFLINE is set, and ${settings.cache} does not hold ${source.repo}. ${manualDownload(source, settings.endpoint)}`,
    );
  }
  const there = await existing(name, { source: `hf:${source.repo}`, revision: snapshot.commit });
  if (there) return there;
  const { weights } = chooseFiles(await filesOfSnapshot(snapshot), source.repo);
  return addSnapshot(name, source, snapshot, [weights.name], context);
}

async function addSnapshot(
  name: string,
  { repo }: HubSource,
  { dir, commit }: Snapshot,
  weights: readonly string[],
  context: StageContext,
): Promise<Added> {
  const facts = await inspectModel(dir);
  context.log(`${repo} was downloaded before by another program: it is used where it lies, in ${dir}`);
  const files = await sumsOf(
    weights.map((file) => path.join(dir, file)),
    context,
  );
  return register(name, { source: `hf:${repo}`, revision: commit, path: dir }, facts, files);
}

/** @throws {UsageError} when the name is taken by another */
async function existing(name: string, origin: Omit<Origin, 'path'>): Promise<Added | undefined> {
  const taken = await nameInUse(name);
  if (taken === undefined) return undefined;
  const { record } = readTeacher(taken);
  if (taken === name && record.source === origin.source && record.revision === origin.revision) {
    const facts = await describeTeacher(name);
    if (facts.problem === null) return { ...facts, unchanged: true };
  }
  const revision = record.revision === null ? '' : `@${record.revision.slice(0, 12)}`;
  throw new UsageError(
    `There is a teacher ${taken} from ${record.source}${revision}. Choose another name with --name, or forget that one with: distillery teacher remove ${taken}`,
  );
}

/** @param dir of a download, which becomes the teacher's folder in one step */
async function register(
  name: string,
  origin: Origin,
  { config, layout, parameters }: ModelFacts,
  files: TeacherRecord['files'],
  dir?: string,
): Promise<Added> {
  const record: TeacherRecord = {
    version: 1,
    ...origin,
    layout,
    files,
    embedDim: config.embedDim,
    imageSize: config.vision.imageSize,
    contextLength: config.text.contextLength,
    parameters,
    addedAt: new Date().toISOString(),
  };
  await mkdir(teachersDir(), { recursive: true });
  const folder = dir ?? (await newFolder());
  try {
    await writeWhole(recordPath(folder), recordText(record));
    await rename(folder, folderOf(name));
  } catch (error) {
    if (dir === undefined) await rm(folder, { recursive: true, force: true });
    if (isDiskFull(error) || !(error instanceof Error && 'code' in error)) throw error;
    throw new DistilleryError(
      `${folder} could not be made to ${folderOf(name)}: ${error.message}. Is there something else of that name?`,
      { cause: error },
    );
  }
  return { ...(await describeTeacher(name)), unchanged: false };
}

async function newFolder(): Promise<string> {
  await mkdir(downloadsDir(), { recursive: true });
  return mkdtemp(path.join(downloadsDir(), 'new-'));
}
