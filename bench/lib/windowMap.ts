/** @file A map of very many points in the built window: until it is drawn, a move, pointing, a lasso, and its pictures in Browse. */

import { mkdirSync } from 'node:fs';
import path from 'node:path';
import type { Page } from 'playwright';
import { completeMap, mapFiles, mapsFolder } from '../../src/main/engine/map/store.ts';
import { randomStream } from '../../src/main/engine/random.ts';
import { writeNpy } from '../../src/main/engine/store/npy.ts';
import { openWorkspace, type Workspace } from '../../src/main/engine/store/workspace.ts';
import { startApplication } from '../../test/e2e/application.ts';
import { figures, row } from './figures.ts';

const moves = 20;
const heaps = 300;

export async function benchMap(dir: string, gpu: boolean): Promise<void> {
  const points = await writeMap(dir);
  console.log(`\nMap of ${points.toLocaleString('en-US')} points, ms: median (worst)`);
  const window = await startApplication(dir, undefined, gpu);
  try {
    const { page } = window;
    page.setDefaultTimeout(120_000);
    await page.getByRole('navigation').waitFor();
    await page.keyboard.press('4');
    const start = performance.now();
    await page.getByRole('button', { name: 'Map', exact: true }).click();
    const map = page.getByRole('application');
    await map.waitFor();
    await drawn(page);
    row('from the click to the first drawing', (performance.now() - start).toFixed(0));
    const took = async (act: () => Promise<unknown>): Promise<number> => {
      const before = performance.now();
      await act();
      await drawn(page);
      return performance.now() - before;
    };
    await map.focus();
    const pans: number[] = [];
    for (let i = 0; i < moves; i++)
      pans.push(await took(() => page.keyboard.press(i % 2 ? 'ArrowLeft' : 'ArrowRight')));
    row('moved by a key, all points in sight', figures(pans, 0));
    const box = (await map.boundingBox())!;
    const at = (x: number, y: number): [number, number] => [box.x + x * box.width, box.y + y * box.height];
    const hovers: number[] = [];
    for (let i = 0; i < moves; i++) hovers.push(await took(() => page.mouse.move(...at(0.3 + 0.02 * i, 0.5))));
    row('pointed at another place', figures(hovers, 0));
    const lasso = await took(async () => {
      await page.keyboard.down('Shift');
      await page.mouse.move(...at(0.15, 0.15));
      await page.mouse.down();
      for (const place of [at(0.85, 0.15), at(0.85, 0.85), at(0.15, 0.85)])
        await page.mouse.move(...place, { steps: 5 });
      await page.mouse.up();
      await page.keyboard.up('Shift');
      await page.getByRole('button', { name: 'Show in Browse' }).waitFor();
    });
    row('a lasso of 16 places, to the points selected', lasso.toFixed(0));
    const zooms: number[] = [];
    for (let i = 0; i < moves / 2; i++) zooms.push(await took(() => page.keyboard.press('+')));
    row('zoomed by a key', figures(zooms, 0));
    const shown = performance.now();
    await page.getByRole('button', { name: 'Show in Browse' }).click();
    await page.locator('.browse-cell[title]').first().waitFor();
    row('the selected ones in Browse', (performance.now() - shown).toFixed(0));
    console.log(`  ${await page.locator('.browse-total').innerText()}`);
  } finally {
    await window.close();
  }
}

/** Round heaps of all sizes, as UMAP makes them, each a cluster. @returns how many points */
async function writeMap(dir: string): Promise<number> {
  const workspace = openWorkspace(dir);
  try {
    const ids = Int32Array.from(
      workspace.sqlite.prepare<[], number>("SELECT id FROM samples WHERE status = 'ok' ORDER BY id").pluck().all(),
    );
    const random = randomStream(1);
    const normal = (): number => Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
    const centres = Array.from({ length: heaps }, () => [20 * normal(), 20 * normal(), 0.3 + 2 * random()] as const);
    const positions = new Float32Array(2 * ids.length);
    const clusters = new Int32Array(ids.length);
    for (let i = 0; i < ids.length; i++) {
      clusters[i] = Math.floor(heaps * random() ** 2);
      const [x, y, spread] = centres[clusters[i]!]!;
      positions.set([x + spread * normal(), y + spread * normal()], 2 * i);
    }
    const id = '0123456789abcdef';
    const folder = path.join(mapsFolder(workspace), id);
    mkdirSync(folder, { recursive: true });
    await writeNpy(path.join(folder, mapFiles.positions), positions, [ids.length, 2]);
    await writeNpy(path.join(folder, mapFiles.ids), ids, [ids.length]);
    await writeClusters(workspace, ids, clusters);
    await completeMap(workspace, id, {
      ...{ dataset: 'large', teacher: 'none', method: 'umap', seed: 1, images: ids.length, laidOut: ids.length },
      finishedAt: new Date().toISOString(),
    });
    return ids.length;
  } finally {
    workspace.close();
  }
}

async function writeClusters({ sqlite, dir }: Workspace, ids: Int32Array, clusters: Int32Array): Promise<void> {
  const { lastInsertRowid } = sqlite
    .prepare(
      `INSERT INTO clusterings (dataset_id, teacher, clusters, options, inertia, iterations, finished_at)
       VALUES (1, 'none', ?, '{}', 0, 1, ?)`,
    )
    .run(heaps, new Date().toISOString());
  const folder = path.join(dir, 'clusters', String(lastInsertRowid));
  mkdirSync(folder, { recursive: true });
  await writeNpy(path.join(folder, 'sample_ids.npy'), ids, [ids.length]);
  await writeNpy(path.join(folder, 'labels.npy'), clusters, [ids.length]);
}

/** Until the graphics processor has done what was asked of it. */
const drawn = (page: Page): Promise<void> =>
  page.evaluate(async () => {
    const { document, requestAnimationFrame: next } = globalThis as unknown as {
      document: { querySelector: (query: string) => { getContext: (kind: string) => WebGL | null } };
      requestAnimationFrame: (callback: () => void) => void;
    };
    interface WebGL {
      readPixels: (...values: unknown[]) => void;
    }
    // the view asks for a frame of its own when it changes
    for (let i = 0; i < 2; i++)
      await new Promise<void>((resolve) => {
        next(resolve);
      });
    const gl = document.querySelector('.map-canvas canvas').getContext('webgl2');
    gl?.readPixels(0, 0, 1, 1, 0x1908, 0x1401, new Uint8Array(4));
  });
