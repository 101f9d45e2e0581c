/**
 * @file Import of pictures with captions against Python with the usual libraries (Pillow; webdataset; pyarrow), from a folder,
 * WebDataset shards and Parquet. All read every byte, hash it (sha256), decode the picture to its last pixel, and keep path,
 * caption, size and hash. Ours and one of the peers also measure light and sharpness; ours writes a database that survives a crash.
 * Run: npm run bench -- import [--images 4000] [--repeats 2]
 */

import { mkdirSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { z } from 'zod';
import { DistilleryError } from '../src/main/engine/errors.ts';
import { run } from '../src/main/engine/import/run.ts';
import { mapOrdered } from '../src/main/engine/ordered.ts';
import { silentContext } from '../src/main/engine/progress.ts';
import { openWorkspace } from '../src/main/engine/store/workspace.ts';
import { inTemporaryFolder, machine, measured, peakMiB, peersPython } from './lib/compare.ts';
import { syntheticPhotograph } from './lib/pictures.ts';

const resultSchema = z.object({ images: z.number(), seconds: z.number(), cpuSeconds: z.number(), peakMiB: z.number() });
type Result = z.infer<typeof resultSchema>;

const { values } = parseArgs({
  options: {
    images: { type: 'string', default: '4000' },
    repeats: { type: 'string', default: '2' },
    // used by the benchmark itself: measure ours alone on a source
    ours: { type: 'string' },
  },
});
const images = Number(values.images);

if (values.ours === undefined) await compare();
else await measureOurs(values.ours);

async function compare(): Promise<void> {
  const python = peersPython('import');
  const script = path.join(import.meta.dirname, 'import_peer.py');
  console.log(`Import of ${images} JPEGs of 512 x 384; ${machine()}`);
  await inTemporaryFolder(async (dir) => {
    mkdirSync(path.join(dir, 'folder'));
    const numbers = Array.from({ length: images }, (_, i) => i);
    for await (const _ of mapOrdered(numbers, os.availableParallelism(), (i) =>
      writePair(path.join(dir, 'folder'), i),
    ));
    measured(python, [script, 'make', dir]);
    for (const kind of ['folder', 'shards', 'parquet']) {
      const source = path.join(dir, kind);
      const ours: Result[] = [];
      const peer: Result[] = [];
      const measuring: Result[] = [];
      for (let repeat = 0; repeat < Number(values.repeats); repeat++) {
        ours.push(resultSchema.parse(measured(process.execPath, [import.meta.filename, '--ours', source])));
        peer.push(resultSchema.parse(measured(python, [script, kind, source])));
        measuring.push(resultSchema.parse(measured(python, [script, kind, source, 'measure'])));
      }
      show(kind, fastest(ours), { 'without measuring': fastest(peer), 'the same work': fastest(measuring) });
    }
  });
}

async function writePair(dir: string, i: number): Promise<void> {
  const name = path.join(dir, String(i).padStart(7, '0'));
  writeFileSync(`${name}.jpg`, await syntheticPhotograph(i));
  writeFileSync(`${name}.txt`, `boxes of soft colours, number ${i}`);
}

function fastest(results: readonly Result[]): Result {
  return results.reduce((a, b) => (a.seconds <= b.seconds ? a : b));
}

function show(kind: string, ours: Result, peers: Record<string, Result>): void {
  console.log(`${kind}\n  ${'Distillery'.padEnd(26)} ${rate(ours)}`);
  for (const [name, peer] of Object.entries(peers)) {
    if (ours.images !== peer.images)
      throw new DistilleryError(`${kind}: ours has ${ours.images} images, the peer ${peer.images}`);
    const [time, cpu] = [ours.seconds / peer.seconds, ours.cpuSeconds / peer.cpuSeconds];
    console.log(
      `  ${`Python, ${name}`.padEnd(26)} ${rate(peer)}; ours takes ${time.toFixed(2)}x, CPU ${cpu.toFixed(2)}x`,
    );
  }
}

function rate({ images: done, seconds, cpuSeconds, peakMiB: peak }: Result): string {
  const [perSecond, cpu] = [(done / seconds).toFixed(0), ((1000 * cpuSeconds) / done).toFixed(2)];
  return `${perSecond.padStart(6)} images/s ${cpu.padStart(6)} ms CPU an image ${String(peak).padStart(6)} MiB`;
}

async function measureOurs(source: string): Promise<void> {
  await inTemporaryFolder(async (dir) => {
    const workspace = openWorkspace(dir);
    const started = performance.now();
    const { imported } = await run({ workspace, source, dataset: 'bench' }, { format: 'auto' }, silentContext());
    const seconds = (performance.now() - started) / 1000;
    workspace.close();
    const { user, system } = process.cpuUsage();
    const cpuSeconds = (user + system) / 1e6;
    console.log(JSON.stringify({ images: imported, seconds, cpuSeconds, peakMiB: peakMiB() }));
  });
}
