/** @file Archives through the command line, also killed. Run: npm test -- test/engine/cli/archives.test.ts */

import { createHash } from 'node:crypto';
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { gzipSync } from 'node:zlib';
import { beforeAll, expect, test } from 'vitest';
import { saveModel } from '../../../src/main/engine/clip/model.ts';
import { pictureOf, readPicture, type PictureColumns } from '../../../src/main/engine/pictureSource.ts';
import { randomStream } from '../../../src/main/engine/random.ts';
import { openWorkspace } from '../../../src/main/engine/store/workspace.ts';
import { tinyModel } from '../embed/support.ts';
import { makeTar } from '../import/makeTar.ts';
import { makeZip } from '../import/makeZip.ts';
import { jpeg } from '../import/support.ts';
import { distillery, result, writePictures } from './support.ts';
import { temporaryFolderOfFile } from './temporary.ts';

const dir = temporaryFolderOfFile();
const at = (name: string): string => path.join(dir, name);
const sha = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex');

interface Pair {
  name: string;
  content: Buffer;
}
let pairs: Pair[];

const shardOf = (chosen: readonly Pair[]): Buffer =>
  makeTar(
    chosen.flatMap(({ name, content }) => [
      { name: `${name}.png`, content },
      { name: `${name}.txt`, content: `caption ${name}` },
    ]),
  );

const zipOf = (chosen: readonly Pair[]): Buffer =>
  makeZip(
    chosen.flatMap(({ name, content }, i) => [
      { name: `class-${i % 2}/${name}.png`, content, deflate: i % 2 === 1 },
      { name: `class-${i % 2}/${name}.txt`, content: `caption ${name}`, deflate: true },
    ]),
  );

beforeAll(async () => {
  await writePictures(at('pictures'), 12);
  pairs = Array.from({ length: 12 }, (_, i) => ({
    name: String(i),
    content: readFileSync(at(`pictures/${i}.png`)),
  }));
});

test('pictures in shards, compressed shards and zips have the embeddings that they have in files', async () => {
  const workspace = at('workspace');
  writeFileSync(at('0.tar'), shardOf(pairs.slice(0, 6)));
  writeFileSync(at('1.tar.gz'), gzipSync(shardOf(pairs.slice(6))));
  writeFileSync(at('0.zip'), zipOf(pairs.slice(0, 6)));
  writeFileSync(at('1.zip'), zipOf(pairs.slice(6)));
  const sources = { files: ['pictures/pairs.csv'], tar: ['{0.tar,1.tar.gz}'], zip: ['*.zip'] };
  for (const [dataset, named] of Object.entries(sources)) {
    const imported = await result(workspace, ['import', ...named.map(at), '--dataset', dataset]);
    expect(imported).toMatchObject({ imported: 12, skipped: 0 });
  }
  const { config, weights } = tinyModel();
  await saveModel(at('teacher'), config, weights);
  const embeddings: Record<string, Buffer> = {};
  for (const dataset of Object.keys(sources)) {
    await result(workspace, ['embed', '--dataset', dataset, '--teacher', at('teacher')]);
    embeddings[dataset] = readFileSync(path.join(workspace, 'embeddings', dataset, 'teacher/image-00000.npy'));
  }
  expect(embeddings['tar']).toEqual(embeddings['files']);
  // in natural order of their paths: class-0 goes before class-1
  const rowBytes = 64 * 2;
  const rowsOf = (bytes: Buffer): string[] =>
    Array.from({ length: 12 }, (_, i) =>
      bytes.subarray(bytes.length - (12 - i) * rowBytes).toString('hex', 0, rowBytes),
    );
  expect(rowsOf(embeddings['zip']!).sort()).toEqual(rowsOf(embeddings['files']!).sort());
});

test('killed in the middle of a compressed shard, the same command ends as if undisturbed', async () => {
  const many: Pair[] = [];
  for (let i = 0; i < 700; i++) many.push({ name: String(i), content: await jpeg(i) });
  writeFileSync(at('many.tar.gz'), gzipSync(shardOf(many)));
  const command = ['import', at('many.tar.gz'), '--dataset', 'set'];
  const workspace = at('killed');
  const random = randomStream(Date.now());
  let killed = 0;
  for (let i = 0; i < 2; i++) {
    const delay = random() * 80;
    const { signal } = await distillery(workspace, command, ({ stage }, child) => {
      if (stage === 'import') setTimeout(() => child.kill('SIGKILL'), delay);
    });
    if (signal === 'SIGKILL') killed++;
  }
  expect(killed).toBeGreaterThan(0);
  expect(await result(workspace, command)).toMatchObject({ imported: 700, skipped: 0 });

  type Stored = PictureColumns & { position: number; path: string; caption: string; hash: string };
  const { sqlite, close } = openWorkspace(workspace);
  const rows = sqlite.prepare<[], Stored>('SELECT * FROM samples ORDER BY position').all();
  close();
  expect(rows.map((row) => [row.position, row.path, row.caption, row.hash])).toEqual(
    many.map(({ name, content }, i) => [i, `${name}.png`, `caption ${name}`, sha(content)]),
  );
  // the pack alone is enough from here on
  rmSync(at('many.tar.gz'));
  for (const row of rows) expect(sha(await readPicture(pictureOf(workspace, row)!))).toBe(row.hash);
});
