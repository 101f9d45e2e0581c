/** @file Search by meaning: the pictures of a dataset whose vectors are nearest to that of a text, a picture or a sample. */

import { UsageError } from '../errors.ts';
import type { StageContext } from '../progress.ts';
import { findEmbeddings, type EmbeddingSet } from '../store/embeddings.ts';
import { findDataset, latestBalance, removedSamples, type Workspace } from '../store/workspace.ts';
import { embedQuery, type Query } from './query.ts';
import { scan } from './scan.ts';
import type { openTeacher, QueryEncoder } from './teacher.ts';

export const whichNames = ['all', 'kept', 'removed'] as const;
export type Which = (typeof whichNames)[number];

export interface SearchRequest {
  dataset: string;
  query: Query;
  /** Whose embeddings; that of the latest balance or the only one otherwise. */
  teacher?: string | undefined;
  /** Where the teacher's model lies, if not where it lay when it embedded. */
  model?: string | undefined;
  limit: number;
  which: Which;
}

export interface SearchHit {
  sampleId: number;
  path: string;
  caption: string;
  /** Cosine. */
  similarity: number;
  /** False where the latest balance removed it. */
  kept: boolean;
  /** Duplicate group of the latest balance. */
  group: number | null;
}

export interface SearchResult {
  dataset: string;
  teacher: string;
  /** Pictures that were compared. */
  searched: number;
  seconds: number;
  /** Most similar first; equal ones by sample. */
  hits: SearchHit[];
}

export const maximumLimit = 10_000;

/** Opens the teacher of a set, which the caller disposes: the window's service keeps it for the next question. */
export type OpenTeacher = typeof openTeacher;

/**
 * @throws {UsageError} when the dataset is not embedded, its teacher is not found, or the question is empty.
 * @throws {DistilleryError} for a picture that cannot be read, or damaged embeddings.
 */
export async function run(
  workspace: Workspace,
  { dataset: name, query, teacher, model, limit, which }: SearchRequest,
  context: StageContext,
  open?: OpenTeacher,
): Promise<SearchResult> {
  const started = performance.now();
  if (!Number.isInteger(limit) || limit < 1 || limit > maximumLimit) {
    throw new UsageError(`--limit ${limit} is not a number of pictures from 1 to ${maximumLimit}.`);
  }
  const dataset = await findDataset(workspace, name);
  const balance = await latestBalance(workspace, dataset.id);
  const set = await findEmbeddings(workspace, name, teacher ?? balance?.teacher);
  const vector = await (open
    ? embedQuery(set, query, () => open(workspace.dir, set, model))
    : withTeacher(workspace.dir, set, model, (teacherOf) => embedQuery(set, query, teacherOf)));
  const removed = balance ? await removedSamples(workspace, balance.id) : new Set<number>();
  const asked = new Set(query.samples);
  const wanted = (sample: number): boolean =>
    !asked.has(sample) && (which === 'all' || removed.has(sample) === (which === 'removed'));
  const { best, searched } = await scan(set, vector, { limit, wanted }, context);
  const hits = describe(workspace, best, balance?.id, removed);
  return {
    dataset: name,
    teacher: set.manifest.teacher,
    searched,
    seconds: (performance.now() - started) / 1000,
    hits,
  };
}

/** Opens the teacher when `use` asks for it, and disposes it in the end; TensorFlow is not loaded without need. */
async function withTeacher<T>(
  workspaceDir: string,
  set: EmbeddingSet,
  model: string | undefined,
  use: (teacher: () => Promise<QueryEncoder>) => Promise<T>,
): Promise<T> {
  let opened: QueryEncoder | undefined;
  try {
    return await use(async () => {
      const { openTeacher } = await import('./teacher.ts');
      return (opened ??= await openTeacher(workspaceDir, set, model));
    });
  } finally {
    opened?.dispose();
  }
}

function describe(
  { sqlite }: Workspace,
  best: readonly { id: number; score: number }[],
  balance: number | undefined,
  removed: ReadonlySet<number>,
): SearchHit[] {
  const sample = sqlite.prepare<[number], { path: string; caption: string }>(
    'SELECT path, caption FROM samples WHERE id = ?',
  );
  const group = sqlite
    .prepare<[number, number], number>(
      `SELECT g.id FROM members m JOIN duplicate_groups g ON g.id = m.group_id WHERE g.balance_id = ? AND m.sample_id = ?`,
    )
    .pluck();
  return best.map(({ id, score }) => {
    const { path, caption } = sample.get(id) ?? { path: '', caption: '' };
    return {
      ...{ sampleId: id, path, caption, similarity: score, kept: !removed.has(id) },
      group: balance === undefined ? null : (group.get(balance, id) ?? null),
    };
  });
}
