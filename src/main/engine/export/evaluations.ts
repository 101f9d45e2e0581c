/** @file Evaluations as a file; what stands in it comes from the stage that made them. */

import path from 'node:path';
import { UsageError } from '../errors.ts';
import { writeWhole } from '../store/files.ts';
import type { Workspace } from '../store/workspace.ts';
import { protectSources } from './protect.ts';
import { writeTable, type Column, type ExportResult, type Row } from './table.ts';

export interface EvaluationContent {
  /** Number of evaluations. */
  count: number;
  columns: readonly Column[];
  rows: () => Row[];
  json: () => string;
  markdown: () => string;
}

/** Of files that are no tables. */
export const textEndings = ['.json', '.md'];

/** Writes .json with everything, .md for people, or a table with a row a measure. @throws {UsageError} before the first evaluation */
export async function exportEvaluations(
  { workspace, content }: { workspace: Workspace; content: EvaluationContent },
  { out }: { out: string },
): Promise<ExportResult> {
  if (content.count === 0) {
    throw new UsageError(
      `There is no evaluation in ${workspace.dir} yet. Make one: distillery evaluate zero-shot --run RUN --data SRC`,
    );
  }
  await protectSources(workspace, out);
  const text = { '.json': content.json, '.md': content.markdown }[path.extname(out).toLowerCase()];
  if (text === undefined) return writeTable(out, content.columns, once(content.rows()));
  await writeWhole(path.resolve(out), text());
  return { path: path.resolve(out), rows: content.count };
}

// eslint-disable-next-line @typescript-eslint/require-await -- a table is written from a stream
async function* once(rows: Row[]): AsyncGenerator<Row[]> {
  yield rows;
}
