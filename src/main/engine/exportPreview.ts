/** @file What `distillery export` would write, for --dry-run and the window. */

import type { ExportPreview } from './export/preview.ts';
import * as pipeline from './pipeline.ts';
import type { StageContext } from './progress.ts';
import { findDataset, latestBalance, type Workspace } from './store/workspace.ts';

/** Checks and counts as the export itself does, and writes nothing. @throws {UsageError} as it does */
export async function previewExport(
  workspace: Workspace,
  request: pipeline.ExportRequest,
  context: StageContext,
): Promise<ExportPreview> {
  const preview = await import('./export/preview.ts');
  const { what, out } = request;
  pipeline.refuseExclusion(request);
  switch (what) {
    case 'student': {
      const format = pipeline.studentFormat(request.format ?? 'open_clip');
      const model = await pipeline.modelOfRun(workspace, await pipeline.runOf(workspace, request));
      return preview.previewStudent({ model }, { out, format });
    }
    case 'metrics': {
      const run = await pipeline.runOf(workspace, request);
      const rows = count(workspace, 'SELECT count(*) FROM metrics WHERE run_id = ?', run);
      return preview.previewFile({ workspace }, { out, rows });
    }
    case 'evaluations': {
      const { storedEvaluations } = await import('./evaluate/stored.ts');
      const { evaluationRows } = await import('./evaluate/document.ts');
      const { textEndings } = await import('./export/evaluations.ts');
      const stored = await storedEvaluations(workspace);
      const whole = textEndings.some((ending) => out.toLowerCase().endsWith(ending));
      const rows = whole ? stored.length : evaluationRows(stored).length;
      return preview.previewFile({ workspace }, { out, rows, endings: textEndings });
    }
    case 'manifest':
    case 'files':
    case 'folder':
    case 'uids':
    case 'webdataset': {
      const dataset = await pipeline.datasetOf(workspace, request);
      const { excluded } = await pipeline.exclusionOf(workspace, dataset, request, context);
      const options = pipeline.subsetOptionsOf(request);
      return preview.previewSubset({ workspace, dataset, excluded }, what, { ...options, out }, context);
    }
    case 'groups':
    case 'quality':
    case 'leaks':
    case 'curve':
    case 'clusters':
    case 'cluster-sizes': {
      const dataset = await findDataset(workspace, await pipeline.datasetOf(workspace, request));
      return preview.previewFile({ workspace }, { out, rows: await rowsOf(workspace, what, dataset.id) });
    }
  }
}

/** Null where only the export tells. */
async function rowsOf(workspace: Workspace, what: pipeline.ExportKind, dataset: number): Promise<number | null> {
  if (what === 'groups' || what === 'quality') {
    return count(workspace, "SELECT count(*) FROM samples WHERE dataset_id = ? AND status = 'ok'", dataset);
  }
  const balance = (await latestBalance(workspace, dataset))?.id ?? 0;
  if (what === 'curve') return count(workspace, 'SELECT count(*) FROM removal_curve WHERE balance_id = ?', balance);
  return null;
}

function count({ sqlite }: Workspace, sql: string, parameter: string | number): number {
  return sqlite.prepare<[string | number], number>(sql).pluck().get(parameter)!;
}
