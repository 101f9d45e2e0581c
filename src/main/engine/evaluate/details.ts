/**
 * @file What an evaluation leaves beside its numbers, for people to look at: confused classes and examples with their pictures.
 * In evaluations/ID/ of the workspace: details.json, and thumbnails of pictures that are no samples of a dataset.
 */

import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { z } from 'zod';
import type { Workspace } from '../store/workspace.ts';

const picture = z.object({
  /** Of a dataset of the workspace, else null. */
  sample: z.int().nullable(),
  /** Number of a thumbnail beside, else null. */
  thumbnail: z.int().nullable(),
  name: z.string(),
});
export type ShownPicture = z.infer<typeof picture>;

export const classDetails = z.object({
  kind: z.literal('classes'),
  /** Names in class order; the numbers below are places in it. */
  names: z.array(z.string()),
  /** Most frequent first. */
  confused: z.array(
    z.object({ truth: z.int(), guess: z.int(), count: z.int(), images: z.int(), pictures: z.array(picture) }),
  ),
  /** Lowest accuracy first; `pictures` were taken for `guess`. */
  weakest: z.array(
    z.object({
      ...{ class: z.int(), images: z.int(), hits: z.int() },
      pictures: z.array(picture.extend({ guess: z.int() })),
    }),
  ),
  /** Counts, rows are what it is; only of few classes. */
  matrix: z.array(z.array(z.int())).nullable(),
});
export type ClassDetails = z.infer<typeof classDetails>;

export const retrievalDetails = z.object({
  kind: z.literal('retrieval'),
  /** Drawn at random; `rank` is the place of the right answer, from 0. */
  textToImage: z.array(
    z.object({
      ...{ text: z.string(), rank: z.int(), picture },
      found: z.array(picture.extend({ score: z.number(), right: z.boolean() })),
    }),
  ),
  imageToText: z.array(
    z.object({
      ...{ picture, rank: z.int(), captions: z.array(z.string()) },
      found: z.array(z.object({ text: z.string(), score: z.number(), right: z.boolean() })),
    }),
  ),
});
export type RetrievalDetails = z.infer<typeof retrievalDetails>;

export const evaluationDetails = z.discriminatedUnion('kind', [classDetails, retrievalDetails]);
export type EvaluationDetails = z.infer<typeof evaluationDetails>;

/** `finishedAt` of the row it belongs to: ids are given again once the last row is gone. */
const detailsFile = z.object({ finishedAt: z.string(), details: evaluationDetails });

export const folderOfEvaluation = ({ dir }: Workspace, id: number): string => path.join(dir, 'evaluations', String(id));

export const thumbnailName = (thumbnail: number): string => `${thumbnail}.webp`;
export const detailsName = 'details.json';

export const detailsText = (finishedAt: string, details: EvaluationDetails): string =>
  JSON.stringify({ finishedAt, details } satisfies z.infer<typeof detailsFile>);

/** Null for an evaluation of an older version, and where somebody deleted them. */
export async function readDetails(
  workspace: Workspace,
  { id, finishedAt }: { id: number; finishedAt: string },
): Promise<EvaluationDetails | null> {
  const text = await readFile(path.join(folderOfEvaluation(workspace, id), detailsName), 'utf8').catch(() => undefined);
  if (text === undefined) return null;
  try {
    const found = detailsFile.safeParse(JSON.parse(text));
    return found.success && found.data.finishedAt === finishedAt ? found.data.details : null;
  } catch {
    return null;
  }
}
