/** @file A list of sample ids, as the window writes it for what a person selected: one a line. */

import { createReadStream } from 'node:fs';
import { createInterface } from 'node:readline';
import { UsageError, messageOf } from '../errors.ts';

/** @throws {UsageError} for a file that cannot be read, or a line that is no id */
export async function readSampleIds(file: string): Promise<ReadonlySet<number>> {
  const ids = new Set<number>();
  let line = 0;
  try {
    for await (const text of createInterface({ input: createReadStream(file), crlfDelay: Infinity })) {
      line++;
      if (text.trim() === '') continue;
      if (!/^\s*[1-9]\d{0,14}\s*$/.test(text)) {
        throw new UsageError(`${file}, line ${line}: "${text.slice(0, 80)}" is no sample id. Name one a line.`);
      }
      ids.add(Number(text));
    }
  } catch (error) {
    if (error instanceof UsageError) throw error;
    throw new UsageError(`${file} cannot be read: ${messageOf(error)}`, { cause: error });
  }
  return ids;
}
