/** @file The images that the centres are fitted on: all, or a random sample that is copied to one file. */

import { existsSync } from 'node:fs';
import { open } from 'node:fs/promises';
import path from 'node:path';
import { checkpoint, type StageContext } from '../progress.ts';
import { permutation } from '../random.ts';
import type { RowSource } from '../store/chunkedRows.ts';
import { replaceFile } from '../store/files.ts';
import { npyHeader, readNpy } from '../store/npy.ts';
import { chosenRows } from './keptRows.ts';

const ROWS_AT_ONCE = 16384;
/** Keeps the choice apart from that of the first centres. */
const FIT = 1;

/**
 * `count` rows of a source chosen by the seed, in its order. They lie in `dir`, so that each iteration reads them in one
 * piece; a copy that is complete is used again.
 */
export async function fitRows(
  source: RowSource,
  count: number,
  seed: number,
  dir: string,
  context: StageContext,
): Promise<RowSource> {
  if (count >= source.count) return source;
  const { dim } = source;
  const file = path.join(dir, 'sample.npy');
  if (!existsSync(file)) {
    const sample = chosenRows(source, permutation(source.count, seed, FIT).slice(0, count).sort());
    await replaceFile(file, async (partial) => {
      const handle = await open(partial, 'w');
      try {
        await handle.writeFile(npyHeader('<f4', [count, dim]));
        for (let from = 0; from < count; from += ROWS_AT_ONCE) {
          const rows = await sample.read(from, Math.min(from + ROWS_AT_ONCE, count));
          await handle.writeFile(new Uint8Array(rows.buffer, rows.byteOffset, rows.byteLength));
          context.onProgress({ stage: 'choose images', done: from, total: count, unit: 'images' });
          await checkpoint(context);
        }
      } finally {
        await handle.close();
      }
    });
  }
  return { count, dim, read: async (from, to) => (await readNpy(file, from, to)).data as Float32Array };
}
