/** @file Decisions from a table, as `decide export` writes them: from another workspace, or another annotator. */

import { z } from 'zod';
import { UsageError } from '../errors.ts';
import type { StageContext } from '../progress.ts';
import { findDataset, timestamp, type Workspace } from '../store/workspace.ts';
import { tableRecords } from '../tables/records.ts';
import { leastSamples } from './subjects.ts';
import { applied, decisionKinds, type DecisionKind, insertDecision, logEvent, type NewDecision } from './decide.ts';
import { listDecisions } from './history.ts';

const optional = z.preprocess((value) => (value === '' || value === null ? undefined : value), z.string().optional());
const rowSchema = z.object({
  /** Rows with the same value are one decision. */
  decision: z.coerce.string(),
  kind: z.enum(decisionKinds),
  annotator: optional,
  decided_at: optional,
  undone_at: optional,
  sample_id: z.preprocess(
    (value) => (value === '' || value === null ? undefined : value),
    z.coerce.number().optional(),
  ),
  path: optional,
  /** Tables of older versions have no such column. */
  side: z.preprocess((value) => Number(value ?? 0), z.int().nonnegative()),
  settles: z.preprocess((value) => value === true || value === 'true', z.boolean()),
  rule: optional,
});
type Row = z.infer<typeof rowSchema>;

export interface ImportedDecisions {
  imported: number;
  /** Known already, or left without samples. */
  skipped: number;
  /** Samples that the dataset does not have. */
  unknownSamples: number;
}

/**
 * Adds the decisions of a table that are not there yet. A sample is found by its path, or by its id where there is none.
 * @throws {UsageError} for a table that is none of decisions
 */
export async function importDecisions(
  workspace: Workspace,
  { dataset, file }: { dataset: string; file: string },
  context: StageContext,
): Promise<ImportedDecisions> {
  const { id: datasetId } = await findDataset(workspace, dataset);
  const decisions = Map.groupBy(await readRows(file), (row) => row.decision);
  const find = sampleFinder(workspace, datasetId);
  const known = new Set(
    (await listDecisions(workspace, dataset)).map((row) => identity({ ...row, sides: [row.samples, ...row.others] })),
  );
  const result: ImportedDecisions = { imported: 0, skipped: 0, unknownSamples: 0 };
  const insertAll = workspace.sqlite.transaction(() => {
    for (const rows of decisions.values()) {
      const { kind, annotator = 'unknown', decided_at: decidedAt = timestamp(), settles } = rows[0]!;
      const { undone_at: undoneAt = null, rule = null } = rows[0]!;
      const found = rows.map((row) => ({ row, sample: find(row) }));
      for (const { row } of found.filter(({ sample }) => sample === undefined)) {
        if (result.unknownSamples++ < 5) context.log(`Not in dataset "${dataset}": ${row.path ?? row.sample_id ?? ''}`);
      }
      const sideOf = new Map(found.flatMap(({ row, sample }) => (sample === undefined ? [] : [[sample, row.side]])));
      const sides: number[][] = [[]];
      for (const [sample, side] of sideOf) (sides[side] ??= []).push(sample);
      const row: NewDecision = { datasetId, kind, annotator, decidedAt, undoneAt, settles, rule, sides };
      if (!isWhole(kind, sides) || known.has(identity(row))) {
        result.skipped++;
        continue;
      }
      const decision = insertDecision(workspace, row);
      const change = applied(workspace, datasetId, decision, kind);
      // one that was undone elsewhere is not restored by "redo"
      logEvent(workspace, { decision, action: 'decide', annotator, at: decidedAt, change });
      result.imported++;
    }
  });
  insertAll.immediate();
  return result;
}

async function readRows(file: string): Promise<Row[]> {
  const rows: Row[] = [];
  for await (const record of tableRecords(file)) {
    const parsed = rowSchema.safeParse(record);
    if (!parsed.success) {
      throw new UsageError(
        `${file} is no table of decisions, row ${rows.length + 1}: ${z.prettifyError(parsed.error)}`,
      );
    }
    rows.push(parsed.data);
  }
  return rows;
}

function sampleFinder({ sqlite }: Workspace, datasetId: number): (row: Row) => number | undefined {
  const byPath = sqlite
    .prepare<[number], { id: number; path: string }>(
      'SELECT id, path FROM samples WHERE dataset_id = ? ORDER BY id DESC',
    )
    .all(datasetId);
  const idOf = new Map(byPath.map(({ id, path }) => [path, id]));
  const pathOf = new Map(byPath.map(({ id, path }) => [id, path]));
  return ({ sample_id: sample, path }) => {
    if (sample !== undefined && (path === undefined || pathOf.get(sample) === path)) {
      return pathOf.has(sample) ? sample : undefined;
    }
    return path === undefined ? undefined : idOf.get(path);
  };
}

/** Enough samples are left of it here. */
function isWhole(kind: DecisionKind, sides: readonly number[][]): boolean {
  const wholeSides =
    kind === 'split'
      ? Array.from(sides).filter((side: number[] | undefined) => (side?.length ?? 0) > 0).length > 1
      : true;
  return sides[0]!.length >= leastSamples[kind] && wholeSides;
}

interface Identity {
  kind: string;
  annotator: string;
  decidedAt: string;
  sides: number[][];
}

const identity = ({ kind, annotator, decidedAt, sides }: Identity): string =>
  JSON.stringify([kind, annotator, decidedAt, sides.map((samples) => samples.toSorted((a, b) => a - b))]);
