/** @file The user's own files are never overwritten by an export. */

import { realpath, stat } from 'node:fs/promises';
import path from 'node:path';
import { UsageError } from '../errors.ts';
import { splitSources } from '../sourceText.ts';
import type { Workspace } from '../store/workspace.ts';

/**
 * Checks that `out` can be written: neither a folder, nor the source of a dataset, nor one of its pictures.
 * @throws {UsageError}
 */
export async function protectSources(workspace: Workspace, out: string): Promise<void> {
  const found = await stat(out).catch(() => undefined);
  if (found === undefined) return;
  if (!found.isFile()) throw new UsageError(`${out} is not a file. Name a file to write with --out.`);
  const real = await realpath(out);
  const sources = await workspace.db.selectFrom('datasets').select(['name', 'source', 'format']).execute();
  const named = sources.flatMap((one) => splitSources(one.source).map((source) => ({ ...one, source })));
  for (const { name, source, format } of named) {
    // compared by file number, so that links are seen through
    const same = await stat(source).then(
      (other) => other.ino === found.ino && other.dev === found.dev,
      () => false,
    );
    const inside = format === 'embeddings' && real.startsWith((await realpath(source).catch(() => source)) + path.sep);
    if (same || inside) throw refusal(out, `the source of the dataset "${name}"`);
  }
  const picture = await workspace.db
    .selectFrom('samples')
    .select('id')
    .where('file', 'in', [real, path.resolve(out)])
    .limit(1)
    .executeTakeFirst();
  if (picture) throw refusal(out, `sample ${picture.id}`);
}

const refusal = (out: string, what: string): UsageError =>
  new UsageError(`${out} is ${what} and is not overwritten. Choose another file with --out.`);
