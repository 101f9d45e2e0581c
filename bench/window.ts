/**
 * @file The built window: start-up, scrolling through a large dataset, a map of its pictures, updates of the charts of a long run. On the screen that there is, else on a
 * virtual one that software draws.
 * Run: npm run bench -- window [--only start,browse,map,charts] [--starts 7] [--rows 1000000] [--points 100000]
 */

import path from 'node:path';
import { parseArgs } from 'node:util';
import { UsageError } from '../src/main/engine/errors.ts';
import { openWorkspace } from '../src/main/engine/store/workspace.ts';
import { startApplication } from '../test/e2e/application.ts';
import { inTemporaryFolder, machine } from './lib/compare.ts';
import { drawPictures, insertDataset, insertSamples } from './lib/samples.ts';
import { benchBrowse } from './lib/windowBrowse.ts';
import { benchCharts } from './lib/windowCharts.ts';
import { benchMap } from './lib/windowMap.ts';
import { benchStart } from './lib/windowStart.ts';

const { values } = parseArgs({
  options: {
    only: { type: 'string', default: 'start,browse,map,charts' },
    starts: { type: 'string', default: '7' },
    rows: { type: 'string', default: '1000000' },
    points: { type: 'string', default: '100000' },
  },
});
const parts = new Set(values.only.split(','));
const screen = process.env['DISTILLERY_BENCH_GPU'];
if (screen === undefined)
  throw new UsageError('There is no window. npm run bench -- window builds it, and has a screen.');
const gpu = screen === '1';

console.log(machine());
await inTemporaryFolder(async (dir) => {
  console.log(`drawn by ${await renderer(gpu)}`);
  if (['start', 'browse', 'map'].some((part) => parts.has(part))) {
    const workspace = await largeWorkspace(dir, Number(values.rows));
    if (parts.has('start')) await benchStart(Number(values.starts), gpu, workspace);
    if (parts.has('browse')) await benchBrowse(workspace, gpu);
    if (parts.has('map')) await benchMap(workspace, gpu);
  }
  if (parts.has('charts')) for (const points of values.points.split(',')) await benchCharts(dir, Number(points), gpu);
});

async function largeWorkspace(dir: string, rows: number): Promise<string> {
  console.log(`a workspace of ${rows.toLocaleString('en-US')} samples is made`);
  const files = await drawPictures(path.join(dir, 'pictures'));
  const workspace = openWorkspace(path.join(dir, 'large'));
  insertDataset(workspace);
  insertSamples(workspace, 0, rows, files);
  workspace.close();
  return workspace.dir;
}

/** What Chromium says of the pixels of its pages. */
async function renderer(gpu: boolean): Promise<string> {
  const window = await startApplication(undefined, undefined, gpu);
  try {
    const status = await window.app.evaluate(({ app }) => app.getGPUFeatureStatus());
    return status.gpu_compositing === 'enabled' ? 'the GPU' : 'software';
  } finally {
    await window.close();
  }
}
