/** @file What an export of samples or a student would write where: the same checks and the same reading, without the writing. */

import { readdir, stat } from 'node:fs/promises';
import path from 'node:path';
import { parameterShapes } from '../clip/weights.ts';
import { inspectModel } from '../clip/model.ts';
import type { StageContext } from '../progress.ts';
import { captionPlace, isContinued, placeOf, receiptFile } from './folder.ts';
import { manifestColumns, manifestRow } from './manifest.ts';
import { expectedMembers, originalKey } from './members.ts';
import { protectFolders, protectSources } from './protect.ts';
import { check, subsetOptions, type SubsetExportOptions, type SubsetKind } from './run.ts';
import type { ExportedSample } from './samples.ts';
import { surveySelection } from './selection.ts';
import { manifestFile, planShardFolder, sizesFile } from './shardFolder.ts';
import { checkTarget, filesOf, studentReceipt, type StudentInput, type StudentOptions } from './student.ts';
import { openSubset, openTableSubset, readSubset, type SubsetInput, type SubsetOptions } from './subset.ts';
import { tableWriter, textFormat } from './table.ts';
import { tarEnd, tarSize } from './tar.ts';
import { refuseInexpressible } from './transformers.ts';
import { collectUids } from './uids.ts';
import { limitsOf, selectionText, shardName } from './webdataset.ts';

export interface ExportPreview {
  /** Absolute. */
  path: string;
  folder: boolean;
  /** As the export will count them; null where only the export tells. */
  rows: number | null;
  /** Of a WebDataset, else null. */
  shards: number | null;
  /** Of the data when it is done; of hard links nothing. Null where only writing tells. */
  bytes: number | null;
  /** False: about so many. */
  exact: boolean;
  /** Samples known to be left out: without a picture, or without a file of their own. */
  skipped: number;
  /** Names in the folder, or the file's own: the first of those that will be written, and how many there are. */
  files: string[];
  fileCount: number;
  /** Those that are there now and will be replaced or removed. */
  replaces: string[];
  /** An export of the same samples lies there, whole or in part: it goes on. */
  goesOn: boolean;
}

type Input = SubsetInput & Pick<SubsetOptions, 'excluded'>;
const named = 100;

/** Of a single file whose rows nobody counted. @throws {UsageError} when `out` cannot be written */
export async function previewFile(
  input: Pick<SubsetInput, 'workspace'>,
  { out, rows, endings = [] }: { out: string; rows: number | null; endings?: readonly string[] },
): Promise<ExportPreview> {
  if (!endings.includes(path.extname(out).toLowerCase())) tableWriter(out);
  await protectSources(input.workspace, out);
  return fileFacts(out, { rows });
}

/** Reads what the export would read. @throws {UsageError} as the export does */
export async function previewSubset(
  input: Input,
  what: SubsetKind,
  { out, ...given }: SubsetExportOptions & { out: string },
  context: StageContext,
): Promise<ExportPreview> {
  const { excluded } = input;
  const rest = { out, excluded };
  switch (what) {
    case 'manifest':
      return previewManifest(input, { ...rest, ...check(subsetOptions.manifest, what, given) }, context);
    case 'files':
      return previewFiles(input, { ...rest, ...check(subsetOptions.files, what, given) }, context);
    case 'uids': {
      const { uidsFrom: from, ...options } = check(subsetOptions.uids, what, given);
      const { bytes, rows } = await collectUids(input, { ...rest, from, ...options }, context);
      return fileFacts(out, { rows, bytes: bytes.length, exact: true });
    }
    case 'folder':
      return previewFolder(input, { ...rest, ...check(subsetOptions.folder, what, given) }, context);
    case 'webdataset': {
      const { shardSize: shardBytes, ...options } = check(subsetOptions.webdataset, what, given);
      return previewShards(input, { ...rest, shardBytes, ...options }, context);
    }
  }
}

type Options = SubsetOptions & { out: string };

async function previewManifest(input: Input, options: Options, context: StageContext): Promise<ExportPreview> {
  const subset = await openTableSubset(input, options);
  const format = textFormat(options.out, manifestColumns);
  let [rows, bytes] = [0, Buffer.byteLength(format?.head ?? '')];
  for await (const samples of readSubset(subset, context)) {
    rows += samples.length;
    for (const sample of samples) bytes += format ? Buffer.byteLength(format.line(manifestRow(sample))) : 0;
  }
  return fileFacts(options.out, { rows, bytes: format ? bytes : null, exact: format !== undefined });
}

async function previewFiles(input: Input, options: Options, context: StageContext): Promise<ExportPreview> {
  const subset = await openSubset(input, options);
  await protectSources(input.workspace, options.out);
  let [rows, bytes, skipped] = [0, 0, 0];
  for await (const samples of readSubset(subset, context)) {
    const files = samples.flatMap(({ ownFile }) => ownFile ?? []);
    rows += files.length;
    skipped += samples.length - files.length;
    for (const file of files) bytes += Buffer.byteLength(file) + 1;
  }
  return fileFacts(options.out, { rows, bytes, exact: true, skipped });
}

async function previewFolder(
  input: Input,
  { out, copy = false, ...options }: Options & { copy?: boolean | undefined },
  context: StageContext,
): Promise<ExportPreview> {
  const dir = path.resolve(out);
  const subset = await openSubset(input, options);
  const names = await protectFolders(input.workspace, dir);
  const { samples, fingerprint } = await surveySelection(subset, () => undefined, quietOf(context));
  const goesOn = await isContinued(dir, names, fingerprint);
  const needsCopy = copyFinder(await deviceOf(dir), copy);
  const counter = new FileCounter(goesOn ? [] : [receiptFile]);
  let [bytes, skipped] = [0, 0];
  for await (const page of readSubset(subset, context)) {
    for (const sample of page) {
      if (sample.picture === null) {
        skipped += 1;
        continue;
      }
      const place = placeOf(sample);
      counter.add(place);
      if (sample.caption !== '') {
        counter.add(captionPlace(place));
        bytes += Buffer.byteLength(sample.caption);
      }
      if (await needsCopy(sample)) bytes += sample.bytes ?? 0;
    }
  }
  return {
    ...{ path: dir, folder: true, rows: samples - skipped, shards: null, bytes, exact: false, skipped },
    ...{ files: counter.first, fileCount: counter.count, replaces: [], goesOn },
  };
}

async function previewShards(
  input: Input,
  {
    out,
    shardSamples,
    shardBytes,
    ...options
  }: Options & { shardSamples?: number | undefined; shardBytes?: number | undefined },
  context: StageContext,
): Promise<ExportPreview> {
  const limits = limitsOf(shardSamples, shardBytes);
  const dir = path.resolve(out);
  const subset = await openSubset(input, options);
  const names = await protectFolders(input.workspace, dir);
  const quiet = quietOf(context);
  const selection = await surveySelection(subset, originalKey, quiet);
  const wanted = { dataset: subset.name, selection: selectionText(selection, limits) };
  const { manifest, removed } = await planShardFolder(dir, names, wanted);
  const shards = manifest.shards.map(({ samples, bytes }) => ({ samples, bytes }));
  let skipped = manifest.shards.reduce((sum, { skips }) => sum + skips.skipped, 0);
  const before = shards.length;
  if (!manifest.complete) {
    for await (const page of readSubset(subset, context, manifest.shards.at(-1)?.last ?? 0)) {
      for (const sample of page) {
        const members = expectedMembers(sample, selection.nameOf(sample));
        if (members === undefined) {
          skipped += 1;
          continue;
        }
        const size = members.reduce((sum, member) => sum + tarSize(member), 0);
        const last = shards.length > before ? shards.at(-1) : undefined;
        const fits = last && last.samples < limits.samples && last.bytes + size <= limits.bytes;
        const shard = fits ? last : { samples: 0, bytes: tarEnd.length };
        if (!fits) shards.push(shard);
        shard.samples += 1;
        shard.bytes += size;
      }
    }
  }
  const lists = manifest.complete ? [] : [manifestFile, sizesFile];
  const written = [...lists, ...shards.slice(before).map((_, i) => shardName(before + i))];
  const there = new Set(names);
  return {
    ...{ path: dir, folder: true, shards: shards.length, skipped },
    rows: shards.reduce((sum, { samples }) => sum + samples, 0),
    bytes: shards.reduce((sum, { bytes }) => sum + bytes, 0),
    exact: true,
    ...{ files: written.slice(0, named), fileCount: written.length },
    replaces: [...new Set([...removed, ...written.filter((name) => there.has(name))])].sort(),
    goesOn: before > 0 || manifest.complete,
  };
}

/** @throws {UsageError} as the export does */
export async function previewStudent({ model }: StudentInput, { out, format }: StudentOptions): Promise<ExportPreview> {
  const dir = path.resolve(out);
  await checkTarget(dir);
  const { config, parameters } = await inspectModel(model);
  if (format === 'transformers') refuseInexpressible(config);
  const files = [...filesOf[format], studentReceipt];
  const there = await readdir(dir).catch((): string[] => []);
  return {
    ...{ path: dir, folder: true, rows: parameterShapes(config).size, shards: null, skipped: 0 },
    // float32; names, configuration and vocabulary come on top
    ...{ bytes: 4 * parameters, exact: false },
    ...{ files, fileCount: files.length, replaces: files.filter((name) => there.includes(name)), goesOn: false },
  };
}

interface FileFacts {
  rows: number | null;
  bytes?: number | null;
  exact?: boolean;
  skipped?: number;
}

async function fileFacts(
  out: string,
  { rows, bytes = null, exact = false, skipped = 0 }: FileFacts,
): Promise<ExportPreview> {
  const file = path.resolve(out);
  const name = path.basename(file);
  const there = await stat(file).catch(() => undefined);
  return {
    ...{ path: file, folder: false, rows, shards: null, bytes, exact, skipped },
    ...{ files: [name], fileCount: 1, replaces: there ? [name] : [], goesOn: false },
  };
}

class FileCounter {
  readonly first: string[];
  count: number;

  constructor(first: string[]) {
    this.first = first;
    this.count = first.length;
  }

  add(name: string): void {
    this.count += 1;
    if (this.first.length < named) this.first.push(name);
  }
}

const quietOf = (context: StageContext): StageContext => ({ ...context, onProgress: () => undefined });

/** Whether a sample's picture must be copied: it lies inside an archive, or on another disk than the folder. */
function copyFinder(device: number | undefined, copy: boolean): (sample: ExportedSample) => Promise<boolean> {
  const devices = new Map<string, Promise<number | undefined>>();
  return async ({ picture }) => {
    if (copy || typeof picture !== 'string') return true;
    const home = path.dirname(picture);
    const known = devices.get(home) ?? deviceOf(home);
    devices.set(home, known);
    return (await known) !== device;
  };
}

/** Of the folder, or of the nearest one above it that is there. */
async function deviceOf(folder: string): Promise<number | undefined> {
  const found = await stat(folder).catch(() => undefined);
  if (found) return found.dev;
  const parent = path.dirname(folder);
  return parent === folder ? undefined : deviceOf(parent);
}
