/** @file A look at a source for the window: in a thread of its own, since a large folder or a hostile file may keep it busy. */

import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads';
import { z } from 'zod';
import { importPreview, type ImportPreview } from '../../../preload/home.ts';
import { importColumns, importFormats } from '../../../preload/jobStart.ts';
import { CancelledError, DistilleryError } from '../errors.ts';
import { silentContext } from '../progress.ts';
import type { Workspace } from '../store/workspace.ts';

const previewTask = z.object({
  sources: z.array(z.string()),
  format: z.enum(importFormats),
  columns: importColumns,
  /** Of the workspace. */
  except: z.string(),
});
type PreviewTask = z.infer<typeof previewTask>;

const answerSchema = z.union([
  z.object({
    preview: importPreview,
    thumbnails: z.array(z.custom<Uint8Array>((value) => value instanceof Uint8Array).nullable()),
  }),
  z.object({ refused: z.string() }),
]);

/** Previews whose pictures can still be asked for; of a form there is one at a time. */
const keptPreviews = 4;
const kept = new Map<string, (Uint8Array | null)[]>();
/** The look in progress of each workspace. */
const looking = new Map<string, Worker>();

interface PreviewAnswer {
  token: string;
  preview: ImportPreview;
  pictures: boolean[];
}

/** @throws {DistilleryError} what the source refuses. @throws {CancelledError} when another look took its place. */
export async function previewSource(
  { dir }: Pick<Workspace, 'dir'>,
  request: Omit<PreviewTask, 'except'>,
): Promise<PreviewAnswer> {
  const before = stopPreview({ dir });
  const { sources, format, columns } = request;
  const task: PreviewTask = { sources, format, columns, except: dir };
  const worker = new Worker(new URL(import.meta.url), { workerData: { previewTask: task } });
  looking.set(dir, worker);
  try {
    await before;
    // an exit without an answer is the other end; errors of the thread reject either
    const [first] = (await Promise.race([once(worker, 'message'), once(worker, 'exit')])) as [unknown];
    if (typeof first === 'number') throw new CancelledError();
    const answer = answerSchema.parse(first);
    if ('refused' in answer) throw new DistilleryError(answer.refused);
    const { preview, thumbnails } = answer;
    return { token: keep(thumbnails), preview, pictures: thumbnails.map((picture) => picture !== null) };
  } finally {
    if (looking.get(dir) === worker) looking.delete(dir);
    await worker.terminate();
  }
}

export async function stopPreview({ dir }: Pick<Workspace, 'dir'>): Promise<void> {
  const worker = looking.get(dir);
  looking.delete(dir);
  await worker?.terminate();
}

/** Webp as base64; null where there is no such preview or picture. */
export function previewPicture(token: string, pair: number): string | null {
  const picture = kept.get(token)?.[pair];
  return picture ? Buffer.from(picture).toString('base64') : null;
}

/** The token cannot be guessed and names nothing but these pictures. */
function keep(thumbnails: (Uint8Array | null)[]): string {
  const token = randomBytes(16).toString('hex');
  kept.set(token, thumbnails);
  for (const oldest of kept.keys()) {
    if (kept.size <= keptPreviews) break;
    kept.delete(oldest);
  }
  return token;
}

async function lookAt({ sources, format, columns, except }: PreviewTask): Promise<z.infer<typeof answerSchema>> {
  // only the thread needs the readers of all formats
  const { previewImport } = await import('../import/preview.ts');
  try {
    return await previewImport(
      { source: sources, except, thumbnails: true },
      {
        format,
        ...(columns.image !== null && { imageColumn: columns.image }),
        ...(columns.caption !== null && { captionColumn: columns.caption }),
        ...(columns.label !== null && { labelColumn: columns.label }),
      },
      silentContext(),
    );
  } catch (error) {
    if (error instanceof DistilleryError) return { refused: error.message };
    throw error;
  }
}

// the thread; other threads that import this file have no such task
const given = isMainThread ? undefined : z.object({ previewTask }).safeParse(workerData).data;
if (given && parentPort) parentPort.postMessage(await lookAt(given.previewTask));
