import type { ChunkedRows } from '../store/chunkedRows.ts';
import type { StageContext } from '../progress.ts';
import type { Forest } from './forest.ts';
import type { SizeLimits } from './options.ts';
export interface Split {
  forest: Forest;
  groups: number;
  edges: number;
}
export function splitGroups(
  _rows: ChunkedRows,
  forest: Forest,
  _limits: SizeLimits,
  _context: StageContext,
): Promise<Split> {
  return Promise.resolve({ forest, groups: 0, edges: 0 });
}
