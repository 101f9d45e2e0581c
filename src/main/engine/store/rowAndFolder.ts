/** @file A row and its folder of files appear together: who sees the one finds the other. */

import { renameSync, rmSync } from 'node:fs';
import type { Workspace } from './workspace.ts';

/**
 * Inserts a row and gives the finished folder its place, in one transaction.
 * @param insert returns the id of the new row
 */
export function storeRowAndFolder(
  { sqlite }: Workspace,
  insert: () => number,
  finished: string,
  placeOf: (id: number) => string,
): number {
  const store = sqlite.transaction(() => {
    const id = insert();
    const folder = placeOf(id);
    // of a crash between the renaming and the commit, or of a row that is gone: ids are given again
    rmSync(folder, { recursive: true, force: true });
    renameSync(finished, folder);
    return id;
  });
  return store.immediate();
}
