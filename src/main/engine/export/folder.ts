/** @file A subset as a folder: hard links of the pictures (copies where there can be none), captions beside them as .txt. */

import { constants, copyFile, link, mkdir, readFile, realpath, rename, rm, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { z } from 'zod';
import { DistilleryError, UsageError } from '../errors.ts';
import { readPicture, type PictureSource } from '../pictureSource.ts';
import { checkpoint, type StageContext } from '../progress.ts';
import { isDiskFull, writeWhole } from '../store/files.ts';
import { checkUnchanged, reasonOf, UnreadableSample } from './members.ts';
import { protectFolders } from './protect.ts';
import type { ExportedSample } from './samples.ts';
import { surveySelection } from './selection.ts';
import { openSubset, readSubset, type SubsetInput, type SubsetOptions } from './subset.ts';
import type { ExportResult } from './table.ts';
import { addSkip, noSkips, type Skips } from './skips.ts';

export interface FolderOptions extends SubsetOptions {
  out: string;
  /** Copies also where a hard link is possible. */
  copy?: boolean | undefined;
}

export interface FolderResult extends ExportResult, Skips {
  linked: number;
  copied: number;
  /** There already, from a run that was stopped. */
  present: number;
}

type Way = 'linked' | 'copied' | 'present';

/** Says whose export a folder is; hidden, so that tools that read the pictures do not stumble over it. */
export const receiptFile = '.distillery-export.json';
const receiptSchema = z.object({ writer: z.literal('distillery folder'), selection: z.string() });

/**
 * Makes DIR/PATH for each picture, PATH as it was imported (an absolute one below DIR too). Never overwrites a file; stopped,
 * the same command goes on. Rows of the result are pictures in the folder.
 * @throws {UsageError} for a folder with other files, {DistilleryError} on a full disk
 */
export async function exportFolder(
  input: SubsetInput,
  { out, copy = false, ...options }: FolderOptions,
  context: StageContext,
): Promise<FolderResult> {
  const dir = path.resolve(out);
  const subset = await openSubset(input, options);
  const names = await protectFolders(input.workspace, dir);
  const quiet = { ...context, onProgress: () => undefined };
  const { samples: total, fingerprint } = await surveySelection(subset, () => undefined, quiet);
  await openFolder(dir, names, fingerprint);
  const ways: Record<Way, number> = { linked: 0, copied: 0, present: 0 };
  const skips = noSkips();
  let done = 0;
  for await (const samples of readSubset(subset, quiet)) {
    for (const sample of samples) {
      try {
        ways[await placeSample(dir, sample, copy)] += 1;
      } catch (error) {
        if (!(error instanceof UnreadableSample)) throw error;
        addSkip(skips, sample.path, error.message);
      }
      done += 1;
      if (done % 64 === 0 || done === total) {
        context.onProgress({ stage: 'export', done, total, unit: 'images' });
        await checkpoint(context);
      }
    }
  }
  return { path: dir, rows: total - skips.skipped, ...ways, ...skips };
}

/** Whether an export of the same samples lies there, to go on with. @throws {UsageError} for a folder with other files */
export async function isContinued(
  dir: string,
  names: readonly string[] | undefined,
  selection: string,
): Promise<boolean> {
  const receipt = await readReceipt(dir);
  if (receipt?.selection === selection) return true;
  if (receipt ?? names?.some((name) => !name.startsWith('.'))) {
    const what = receipt ? 'holds an export of other samples' : 'is not empty, and not an export of pictures';
    throw new UsageError(`${dir} ${what}. Choose a new or an empty folder with --out.`);
  }
  return false;
}

async function openFolder(dir: string, names: readonly string[] | undefined, selection: string): Promise<void> {
  if (await isContinued(dir, names, selection)) return;
  await writeWhole(path.join(dir, receiptFile), JSON.stringify({ writer: 'distillery folder', selection }) + '\n');
}

async function readReceipt(dir: string): Promise<z.infer<typeof receiptSchema> | undefined> {
  try {
    return receiptSchema.parse(JSON.parse(await readFile(path.join(dir, receiptFile), 'utf8')));
  } catch {
    return undefined;
  }
}

/** Puts a picture and its caption in their place. @throws {UnreadableSample} with the reason why not */
async function placeSample(dir: string, sample: ExportedSample, copy: boolean): Promise<Way> {
  const { picture, caption } = sample;
  if (picture === null) throw new UnreadableSample('no picture, only an embedding');
  const target = path.join(dir, placeOf(sample));
  try {
    await mkdir(path.dirname(target), { recursive: true });
    const captionFile = captionPlace(target);
    const made = caption !== '' && (await placeCaption(captionFile, caption));
    try {
      return await placePicture(target, picture, sample, copy);
    } catch (error) {
      if (made) await rm(captionFile, { force: true });
      throw error;
    }
  } catch (error) {
    if (error instanceof UnreadableSample) throw error;
    if (!isDiskFull(error)) throw new UnreadableSample(reasonOf(error), { cause: error });
    throw new DistilleryError(
      `The disk with ${dir} is full. What is there is whole; free space and run the same command again.`,
      { cause: error },
    );
  }
}

/** Beside a picture. */
export const captionPlace = (picture: string): string => picture.replace(/(?<=[^/])\.[^./]*$/, '') + '.txt';

/** Where a picture goes, from the folder: as it was imported, or the whole path where that leads out of its source. */
export function placeOf({ path: imported, ownFile }: ExportedSample): string {
  const steps = (text: string) => text.split(/[/\\]/).filter((step) => step !== '' && step !== '.');
  const remote = /^[a-z][a-z\d+.-]*:/i.test(imported);
  const given = path.isAbsolute(imported) || remote ? [] : steps(imported);
  const safe = given.length > 0 && !given.includes('..') ? given : steps(ownFile ?? imported);
  return path.join(...safe.filter((step) => step !== '..'));
}

/** @returns true when this call made the file */
async function placeCaption(file: string, caption: string): Promise<boolean> {
  try {
    await writeFile(file, caption, { flag: 'wx' });
    return true;
  } catch (error) {
    if (!isThere(error)) {
      // half of it would be another caption the next time
      await rm(file, { force: true });
      throw error;
    }
    if ((await readFile(file, 'utf8')) === caption) return false;
    throw new UnreadableSample('another caption is in its place', { cause: error });
  }
}

async function placePicture(
  target: string,
  picture: PictureSource,
  sample: ExportedSample,
  copy: boolean,
): Promise<Way> {
  // a hard link of a symbolic link would be one more symbolic link
  const source = typeof picture === 'string' ? await realpath(picture) : undefined;
  if (source !== undefined && sample.bytes !== null && (await stat(source)).size !== sample.bytes) {
    throw new UnreadableSample('changed since the import');
  }
  if (source !== undefined && !copy) {
    const outcome = await tryLink(source, target);
    if (outcome === 'linked') return 'linked';
    if (outcome === 'there') return isSame(target, picture, sample, false);
  }
  const there = await stat(target).catch(() => undefined);
  if (there) return isSame(target, picture, sample, copy);
  const partial = `${target}.${process.pid}.partial`;
  try {
    if (source === undefined) {
      const bytes = await readPicture(picture);
      checkUnchanged(bytes, sample);
      await writeFile(partial, bytes);
    } else {
      await copyFile(source, partial, constants.COPYFILE_FICLONE);
    }
    // a link appears whole and never in the place of another file; some disks know only renaming
    const outcome = await tryLink(partial, target);
    if (outcome === 'there') throw new UnreadableSample('another file is in its place');
    if (outcome === 'impossible') await rename(partial, target);
    return 'copied';
  } finally {
    await rm(partial, { force: true });
  }
}

async function tryLink(from: string, to: string): Promise<'linked' | 'there' | 'impossible'> {
  try {
    await link(from, to);
    return 'linked';
  } catch (error) {
    if (isThere(error)) return 'there';
    // another disk, a disk without links, a file of somebody else, too many links
    const impossible = ['EXDEV', 'EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS', 'EMLINK', 'EACCES'];
    if (impossible.includes(codeOf(error))) return 'impossible';
    throw error;
  }
}

/** @throws {UnreadableSample} when what lies there is not this picture */
async function isSame(target: string, picture: PictureSource, sample: ExportedSample, copy: boolean): Promise<Way> {
  const there = await stat(target);
  const source = typeof picture === 'string' ? await stat(picture) : undefined;
  const linked = source !== undefined && source.ino === there.ino && source.dev === there.dev;
  if (linked && !copy) return 'present';
  try {
    if (!linked && sample.hash !== null && there.size === sample.bytes) {
      checkUnchanged(await readFile(target), sample);
      return 'present';
    }
  } catch (error) {
    if (!(error instanceof UnreadableSample)) throw error;
  }
  throw new UnreadableSample('another file is in its place');
}

const codeOf = (error: unknown): string => (error instanceof Error && 'code' in error ? String(error.code) : '');
const isThere = (error: unknown): boolean => codeOf(error) === 'EEXIST';
