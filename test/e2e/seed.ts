/** @file Fills a workspace through the store as a finished pipeline would, with pictures drawn here. */

import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import sharp from 'sharp';
import { builtinConfig } from '../../src/main/engine/clip/config.ts';
import { saveModel } from '../../src/main/engine/clip/model.ts';
import { initialWeights } from '../../src/main/engine/clip/weights.ts';
import { randomStream } from '../../src/main/engine/random.ts';
import { openWorkspace, timestamp, type Workspace } from '../../src/main/engine/store/workspace.ts';

const pictures = 40;
/** Sizes of the duplicate groups; their first picture stays. */
export const groupSizes = [7, 4, 2];
export const seededSteps = 600;

/** Draws pictures beside the workspace, registers them, and writes a balance, a clustering and a run with its curves. */
export async function seedWorkspace(dir: string): Promise<void> {
  const workspace = openWorkspace(dir);
  try {
    const files = await drawPictures(`${dir}-pictures`, pictures);
    const dataset = insertDataset(workspace, `${dir}-pictures`, files);
    insertBalance(workspace, dataset);
    insertRun(workspace, dataset);
  } finally {
    workspace.close();
  }
}

/**
 * Puts pictures, an untrained teacher and `pipeline.yaml` into a folder: the whole pipeline in seconds.
 * Returns the configuration's file.
 */
export async function writeTinyPipeline(dir: string, steps = 40): Promise<string> {
  await drawPictures(path.join(dir, 'pictures'), 24);
  const config = builtinConfig('micro-32');
  await saveModel(path.join(dir, 'teacher'), config, initialWeights(config, 1));
  const file = path.join(dir, 'pipeline.yaml');
  writeFileSync(
    file,
    `dataset: shapes
import: { source: pictures }
embed: { teacher: teacher }
balance: { remove-fraction: 0.2 }
cluster: { clusters: 4 }
distill: { student: micro-32-small, batch: 8, max-steps: ${steps}, epochs: 1000000, seed: 1 }
export:
  - { what: groups, out: groups.csv }
`,
  );
  return file;
}

async function drawPictures(dir: string, count: number): Promise<string[]> {
  mkdirSync(dir, { recursive: true });
  return Promise.all(
    Array.from({ length: count }, async (_, index) => {
      const random = randomStream(index);
      const hue = Math.floor(random() * 360);
      const shapes = Array.from({ length: 6 }, () => {
        const [x, y, r] = [random() * 320, random() * 240, 20 + random() * 60];
        return `<circle cx="${x}" cy="${y}" r="${r}" fill="hsl(${(hue + random() * 80) % 360},70%,55%)" opacity="0.8"/>`;
      });
      const background = `<rect width="320" height="240" fill="hsl(${hue},45%,85%)"/>`;
      const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="320" height="240">${background}${shapes.join('')}</svg>`;
      const file = path.join(dir, `picture-${String(index).padStart(2, '0')}.jpg`);
      await sharp(Buffer.from(svg)).jpeg().toFile(file);
      return file;
    }),
  );
}

function insertDataset({ sqlite }: Workspace, source: string, files: string[]): number {
  const { lastInsertRowid } = sqlite
    .prepare("INSERT INTO datasets (name, source, format, imported_at, complete) VALUES ('shapes', ?, 'folder', ?, 1)")
    .run(source, timestamp());
  const insert = sqlite.prepare(
    `INSERT INTO samples (dataset_id, position, path, file, caption, width, height, hash, status)
     VALUES (?, ?, ?, ?, ?, 320, 240, ?, 'ok')`,
  );
  for (const [position, file] of files.entries()) {
    const hash = String(position).padStart(64, '0');
    insert.run(lastInsertRowid, position, path.basename(file), file, `six circles, number ${position}`, hash);
  }
  return Number(lastInsertRowid);
}

function insertBalance({ sqlite }: Workspace, dataset: number): void {
  const grouped = groupSizes.reduce((sum, size) => sum + size, 0);
  const removed = grouped - groupSizes.length;
  const { lastInsertRowid: balance } = sqlite
    .prepare(
      `INSERT INTO balances (dataset_id, teacher, options, beta, images, pairs, groups, removed, kept, finished_at)
       VALUES (?, 'tiny', '{"keep":"centroid"}', 0.447, ?, ?, ?, ?, ?, ?)`,
    )
    .run(dataset, pictures, grouped, groupSizes.length, removed, pictures - removed, timestamp());
  sqlite.prepare('INSERT INTO balance_samples (balance_id, first, last) VALUES (?, 1, ?)').run(balance, pictures);
  for (let step = 0; step <= 20; step++) {
    sqlite
      .prepare('INSERT INTO removal_curve (balance_id, beta, removed) VALUES (?, ?, ?)')
      .run(balance, (0.447 * step) / 10, Math.round((removed * step) / 10));
  }
  let sample = 1;
  for (const size of groupSizes) {
    const { lastInsertRowid: group } = sqlite
      .prepare(
        'INSERT INTO duplicate_groups (balance_id, size, mean_distance, diameter, diameter_exact, weakest) VALUES (?, ?, ?, ?, 1, ?)',
      )
      .run(balance, size, 0.03 * size, 0.06 * size, 0.4 - 0.02 * size);
    for (let i = 1; i < size; i++) {
      sqlite
        .prepare('INSERT INTO links (group_id, distance, first_id, second_id) VALUES (?, ?, ?, ?)')
        .run(group, 0.1 + 0.02 * i, sample + i - 1, sample + i);
    }
    for (let i = 0; i < size; i++) {
      sqlite
        .prepare('INSERT INTO members (group_id, sample_id, distance, keep, rank) VALUES (?, ?, ?, ?, ?)')
        .run(group, sample++, 0.02 * i, i === 0 ? 1 : 0, i + 1);
    }
  }
  sqlite
    .prepare(
      `INSERT INTO clusterings (dataset_id, teacher, balance_id, clusters, options, inertia, iterations, finished_at)
       VALUES (?, 'tiny', ?, 8, '{}', 4.2, 11, ?)`,
    )
    .run(dataset, balance, timestamp());
}

/** A finished run with losses of `seededSteps` steps, as an older version recorded it. */
export function insertRun({ sqlite }: Workspace, dataset: number): void {
  sqlite
    .prepare(
      `INSERT INTO runs (id, dataset_id, student, config, seed, versions, device, state, step, total_steps, started_at, finished_at)
       VALUES ('seeded', ?, 'tiny-student', '{}', 1, '{}', 'cpu', 'done', ?, ?, ?, ?)`,
    )
    .run(dataset, seededSteps, seededSteps, timestamp(), timestamp());
  const insert = sqlite.prepare("INSERT INTO metrics (run_id, name, step, value) VALUES ('seeded', ?, ?, ?)");
  const random = randomStream(7);
  sqlite.transaction(() => {
    for (let step = 1; step <= seededSteps; step++) {
      const fall = (from: number, to: number): number =>
        to + (from - to) * Math.exp(-step / 120) + (random() - 0.5) * 0.15 * from;
      const base = fall(4, 1.1);
      const label = fall(2.6, 0.7);
      const divergence = fall(0.5, 0.1);
      const instance = fall(3.6, 1.3);
      const cluster = 0.999 * label + 0.001 * divergence;
      const terms = { base, label, divergence, instance, cluster, overall: base + cluster + instance };
      for (const [name, value] of Object.entries(terms)) insert.run(`loss/${name}`, step, value);
    }
  })();
}
