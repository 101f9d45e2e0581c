/** @file Several sources of one format as one: folder after folder, table after table. */

import { UsageError } from '../errors.ts';
import type { ItemSource } from './item.ts';
import type { Source } from './sources.ts';

/** Opens each of `sources`. @throws {UsageError} when tables do not have the same columns of pictures, captions, labels. */
export async function openEach(
  sources: readonly Source[],
  open: (file: string) => Promise<ItemSource>,
): Promise<ItemSource> {
  const opened: { name: string; source: ItemSource }[] = [];
  for (const { path, name } of sources) {
    const source = await open(path);
    const first = opened[0]?.source ?? source;
    if (JSON.stringify(first.columns) !== JSON.stringify(source.columns)) {
      throw new UsageError(
        `${path} has the columns ${JSON.stringify(source.columns)}, ${sources[0]!.path} has ${JSON.stringify(first.columns)}. Name them with --image-column and --caption-column, or import them as two datasets.`,
      );
    }
    opened.push({ name, source });
  }
  const { identity, columns } = opened[0]!.source;
  async function* items() {
    for (const { name, source } of opened) {
      for await (const item of source.items()) {
        // a path of a table is what its row says
        yield identity === 'row' || name === '' ? item : { ...item, path: `${name}/${item.path}` };
      }
    }
  }
  const count = async (signal?: AbortSignal): Promise<number | null> => {
    let sum = 0;
    for (const { source } of opened) {
      const found = await source.count(signal);
      if (found === null) return null;
      sum += found;
    }
    return sum;
  };
  return { identity, columns, count, items };
}
