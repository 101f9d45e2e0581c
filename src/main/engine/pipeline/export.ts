/** @file Exports by what they write. */

import { UsageError } from '../errors.ts';
import type { SubsetExportOptions, SubsetKind } from '../export/run.ts';
import type { ExportResult } from '../export/table.ts';
import type { StageContext } from '../progress.ts';
import type { Exclusion } from '../quality/options.ts';
import { findDataset, latestBalance, type Workspace } from '../store/workspace.ts';
import { datasetOf, modelOfRun, runOf } from './subjects.ts';

export type ExportKind =
  | SubsetKind
  | 'quality'
  | 'groups'
  | 'leaks'
  | 'curve'
  | 'clusters'
  | 'cluster-sizes'
  | 'student'
  | 'metrics'
  | 'evaluations';

export interface ExportRequest extends SubsetExportOptions, Exclusion {
  what: ExportKind;
  out: string;
  /** Of everything but student and metrics; the only one otherwise. */
  dataset?: string | undefined;
  /** Of student and metrics; the newest run otherwise. */
  run?: string | undefined;
  /** Of a student. */
  format?: string | undefined;
}

export async function exportResult(
  workspace: Workspace,
  request: ExportRequest,
  context: StageContext,
): Promise<ExportResult> {
  const { what, out, thresholds } = request;
  refuseExclusion(request);
  switch (what) {
    case 'quality': {
      const { exportQuality } = await import('../export/quality.ts');
      return exportQuality({ workspace, dataset: await datasetOf(workspace, request) }, { out, thresholds }, context);
    }
    case 'groups': {
      const { exportGroups } = await import('../export/groups.ts');
      return exportGroups({ workspace, dataset: await datasetOf(workspace, request) }, { out }, context);
    }
    case 'manifest':
    case 'files':
    case 'folder':
    case 'uids':
    case 'webdataset': {
      const { run } = await import('../export/run.ts');
      const options = { ...subsetOptionsOf(request), out };
      const dataset = await datasetOf(workspace, request);
      const { excluded, record } = await exclusionOf(workspace, dataset, request, context);
      return { ...(await run({ workspace, dataset, excluded }, what, options, context)), ...record };
    }
    case 'leaks': {
      const { exportLeaks } = await import('../export/leaks.ts');
      return exportLeaks({ workspace, dataset: await datasetOf(workspace, request) }, { out }, context);
    }
    case 'curve': {
      const { exportCurve } = await import('../export/curve.ts');
      return exportCurve({ workspace, dataset: await datasetOf(workspace, request) }, { out }, context);
    }
    case 'clusters': {
      const { exportClusters } = await import('../export/clusters.ts');
      return exportClusters({ workspace, dataset: await datasetOf(workspace, request) }, { out }, context);
    }
    case 'cluster-sizes': {
      const { exportClusterSizes } = await import('../export/clusters.ts');
      return exportClusterSizes({ workspace, dataset: await datasetOf(workspace, request) }, { out }, context);
    }
    case 'evaluations': {
      const { storedEvaluations } = await import('../evaluate/stored.ts');
      const document = await import('../evaluate/document.ts');
      const { exportEvaluations } = await import('../export/evaluations.ts');
      const stored = await storedEvaluations(workspace);
      const content = {
        ...{ count: stored.length, columns: document.evaluationColumns },
        rows: () => document.evaluationRows(stored),
        json: () => document.evaluationJson(stored),
        markdown: () => document.evaluationMarkdown(stored),
      };
      return exportEvaluations({ workspace, content }, { out });
    }
    case 'metrics': {
      const { exportMetrics } = await import('../export/metrics.ts');
      return exportMetrics({ workspace, run: await runOf(workspace, request) }, { out }, context);
    }
    case 'student': {
      const { exportStudent } = await import('../export/student.ts');
      const format = studentFormat(request.format ?? 'open_clip');
      const model = await modelOfRun(workspace, await runOf(workspace, request));
      return exportStudent({ model }, { out, format }, context);
    }
  }
}

/** Those that say how samples are written. */
export function subsetOptionsOf(request: ExportRequest): SubsetExportOptions {
  const {
    what: _,
    out: __,
    dataset: ___,
    run: ____,
    format: _____,
    without: ______,
    thresholds: _______,
    ...options
  } = request;
  return options;
}

/** @throws {UsageError} for an exclusion where nothing is left out */
export function refuseExclusion({ what, without }: ExportRequest): void {
  if (without && !isSubsetKind(what)) {
    throw new UsageError(`export ${what} has no --without; it leaves nothing out.`);
  }
}

const subsetKinds: Record<SubsetKind, true> = {
  manifest: true,
  files: true,
  folder: true,
  uids: true,
  webdataset: true,
};
const isSubsetKind = (what: ExportKind): what is SubsetKind => what in subsetKinds;

/** What an export leaves out, for readSubset and for its result. */
export async function exclusionOf(
  workspace: Workspace,
  dataset: string,
  { without, thresholds }: Exclusion,
  context: StageContext,
) {
  const { findLeftOut, idsBetween } = await import('../quality/leftOut.ts');
  const { id: datasetId } = await findDataset(workspace, dataset);
  const balanceId = (await latestBalance(workspace, datasetId))?.id;
  const left = findLeftOut(workspace, { datasetId, balanceId }, { without, thresholds }, context);
  const excluded = (first: number, last: number): ReadonlySet<number> => idsBetween(left, first, last);
  return { excluded: left.ids.length > 0 ? excluded : undefined, record: left.record };
}

export function studentFormat(format: string): 'open_clip' | 'transformers' {
  if (format === 'open_clip' || format === 'transformers') return format;
  throw new UsageError(`There is no student format "${format}"; there are open_clip and transformers.`);
}
