/** @file Curves of a run as rows: step, name, value. */

import { UsageError } from '../errors.ts';
import { checkpoint, type StageContext } from '../progress.ts';
import type { Workspace } from '../store/workspace.ts';
import { protectSources } from './protect.ts';
import { tableWriter, writeTable, type Column, type ExportResult, type Row } from './table.ts';

const columns: Column[] = [
  { name: 'step', type: 'integer' },
  { name: 'name', type: 'string' },
  { name: 'value', type: 'number' },
];

/** Order within a step; other names follow by the alphabet. */
const order = [
  'loss/overall',
  'loss/base',
  'loss/cluster',
  'loss/label',
  'loss/divergence',
  'loss/instance',
  'lr',
  'gradNorm',
  'logitScale',
  'samplesPerSecond',
];

const stepsAtOnce = 1000;

/**
 * Writes the metrics of a run, ordered by step and then by name.
 * @throws {UsageError} when there is no such run, it has no metrics yet, or `out` cannot be written.
 */
export async function exportMetrics(
  { workspace, run }: { workspace: Workspace; run: string },
  { out }: { out: string },
  context: StageContext,
): Promise<ExportResult> {
  tableWriter(out);
  const { names, lastStep } = await describe(workspace, run);
  await protectSources(workspace, out);
  // one range of the primary key a name: the table is never sorted as a whole
  const select = workspace.sqlite.prepare<[string, string, number, number], { step: number; value: number }>(
    'SELECT step, value FROM metrics WHERE run_id = ? AND name = ? AND step >= ? AND step < ? ORDER BY step',
  );
  async function* rows(): AsyncGenerator<Row[]> {
    for (let from = 0; from <= lastStep; from += stepsAtOnce) {
      const found = names.flatMap((name) =>
        select.all(run, name, from, from + stepsAtOnce).map(({ step, value }) => ({ step, name, value })),
      );
      // stable: within a step the names keep their order
      found.sort((a, b) => a.step - b.step);
      yield found.map(({ step, name, value }) => [step, name, value]);
      context.onProgress({
        stage: 'export',
        done: Math.min(from + stepsAtOnce, lastStep),
        total: lastStep,
        unit: 'steps',
      });
      await checkpoint(context);
    }
  }
  return writeTable(out, columns, rows());
}

async function describe(workspace: Workspace, run: string): Promise<{ names: string[]; lastStep: number }> {
  const found = await workspace.db.selectFrom('runs').select('id').where('id', '=', run).executeTakeFirst();
  if (!found) {
    const runs = await workspace.db.selectFrom('runs').select('id').orderBy('started_at', 'desc').limit(5).execute();
    throw new UsageError(`No run "${run}" (latest: ${runs.map(({ id }) => id).join(', ') || 'none yet'}).`);
  }
  const stored = workspace.sqlite
    .prepare<[string], { name: string; last: number }>(
      'SELECT name, max(step) AS last FROM metrics WHERE run_id = ? GROUP BY name ORDER BY name',
    )
    .all(run);
  if (stored.length === 0) throw new UsageError(`Run "${run}" has no metrics yet.`);
  const names = stored.map(({ name }) => name);
  return {
    names: [...order.filter((name) => names.includes(name)), ...names.filter((name) => !order.includes(name))],
    lastStep: Math.max(...stored.map(({ last }) => last)),
  };
}
