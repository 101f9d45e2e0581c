/** @file What the command quality reports. */

import { findDataset, type Workspace } from '../store/workspace.ts';
import { qualityCounts, type QualityCounts } from './counts.ts';
import type { ThresholdsInput } from './options.ts';

export interface QualityRequest {
  dataset: string;
  thresholds?: ThresholdsInput | undefined;
}

export interface QualityResult extends QualityCounts {
  dataset: string;
  seconds: number;
}

/** @throws {UsageError} for an unknown dataset, or a threshold out of range. */
export async function run(workspace: Workspace, { dataset, thresholds }: QualityRequest): Promise<QualityResult> {
  const started = performance.now();
  const { id, name } = await findDataset(workspace, dataset);
  const counts = qualityCounts(workspace, id, thresholds);
  return { dataset: name, ...counts, seconds: (performance.now() - started) / 1000 };
}
