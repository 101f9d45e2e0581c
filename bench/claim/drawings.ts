/** @file The drawings that the bundled teacher's projection was not made from, as training and test pairs. */

import { existsSync, mkdirSync, renameSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { mapOrdered } from '../../src/main/engine/ordered.ts';
import { fetchDrawings, readDrawings, render } from '../teacher/drawings.ts';

const side = 256;
/** Every tenth one is tested. */
const testEvery = 10;

/** Tables that `distillery import` reads. */
export async function writeDrawings(dir: string): Promise<{ source: string; test: string }> {
  const tables = { source: path.join(dir, 'train.csv'), test: path.join(dir, 'test.csv') };
  if (existsSync(tables.test)) return tables;
  mkdirSync(dir, { recursive: true });
  // bench/teacher/makeProjection.ts takes those with even numbers
  const unseen = (await readDrawings(await fetchDrawings())).filter((_, i) => i % 2 === 1);
  const rows: { source: string[]; test: string[] } = { source: ['path,caption'], test: ['path,caption'] };
  const drawn = mapOrdered(unseen.entries(), 4, async ([i, { file, caption }]) => {
    const picture = await render(file, side);
    if (picture === undefined) return;
    const name = `${String(i).padStart(5, '0')}.png`;
    writeFileSync(path.join(dir, name), picture);
    rows[i % testEvery === 0 ? 'test' : 'source'].push(`${name},"${caption.replaceAll('"', '""')}"`);
  });
  for await (const _ of drawn);
  for (const [name, table] of Object.entries(tables)) {
    writeFileSync(`${table}.part`, `${rows[name as keyof typeof rows].join('\n')}\n`);
    renameSync(`${table}.part`, table);
  }
  return tables;
}
