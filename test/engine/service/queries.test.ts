/** @file vitest run test/engine/service: what the window is told about a workspace. */

import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { insertJob } from '../../../src/main/engine/jobs.ts';
import { largestGroups, lastStep, pipelineSummary } from '../../../src/main/engine/service/queries.ts';
import { openWorkspace, timestamp, type Workspace } from '../../../src/main/engine/store/workspace.ts';

let workspace: Workspace;

beforeEach(() => {
  workspace = openWorkspace(mkdtempSync(path.join(tmpdir(), 'distillery-queries-')));
});
afterEach(() => {
  workspace.close();
  rmSync(workspace.dir, { recursive: true, force: true });
});

const run = (sql: string, ...values: unknown[]): void => {
  workspace.sqlite.prepare(sql).run(...values);
};

function insertDataset(name: string, images: number, skipped: number): void {
  run("INSERT INTO datasets (name, source, format, imported_at) VALUES (?, '/src', 'folder', ?)", name, timestamp());
  const { id } = workspace.sqlite.prepare('SELECT max(id) AS id FROM datasets').get() as { id: number };
  for (let i = 0; i < images + skipped; i++) {
    const status = i < images ? 'ok' : 'skipped';
    run(
      "INSERT INTO samples (dataset_id, position, path, file, caption, status) VALUES (?, ?, ?, ?, 'a dish', ?)",
      id,
      i,
      `${i}.jpg`,
      i % 2 === 0 ? `/src/${i}.jpg` : null,
      status,
    );
  }
}

function insertRun(id: string, startedAt: string, state = 'running'): void {
  run(
    `INSERT INTO runs (id, student, config, seed, versions, device, state, total_steps, started_at)
     VALUES (?, 'tiny', '{}', 1, '{}', 'cpu', ?, 100, ?)`,
    id,
    state,
    startedAt,
  );
}

function insertMetrics(id: string, name: string, values: number[], from = 1): void {
  workspace.sqlite.transaction(() => {
    for (const [i, value] of values.entries())
      run('INSERT INTO metrics VALUES (?, ?, ?, ?)', id, name, from + i, value);
  })();
}

describe('the summary', () => {
  test('of an empty workspace is empty', async () => {
    expect(await pipelineSummary(workspace)).toEqual({
      datasets: [],
      runs: [],
      evaluations: [],
      report: false,
      exports: [],
      exportedElsewhere: [],
    });
  });

  test('counts samples, and tells the newest balance', async () => {
    insertDataset('old', 1, 0);
    insertDataset('food', 5, 2);
    for (const removed of [1, 3]) {
      run(
        `INSERT INTO balances (dataset_id, teacher, options, beta, images, pairs, groups, removed, kept, finished_at)
         VALUES (2, 'tiny', '{}', 0.4, 5, 4, 1, ?, ?, ?)`,
        removed,
        5 - removed,
        timestamp(),
      );
    }
    const { datasets } = await pipelineSummary(workspace);
    expect(datasets.map(({ name }) => name)).toEqual(['food', 'old']);
    expect(datasets[0]).toMatchObject({ images: 5, skipped: 2, complete: false, balance: { removed: 3, kept: 2 } });
    expect(datasets[1]).toMatchObject({ images: 1, balance: null, clustering: null, embeddings: [] });
  });

  test('counts embeddings, and not those with a broken manifest', async () => {
    insertDataset('food', 2, 0);
    const folder = (teacher: string) => path.join(workspace.dir, 'embeddings', 'food', teacher);
    mkdirSync(folder('good'), { recursive: true });
    mkdirSync(folder('bad'), { recursive: true });
    const manifest = { teacher: 'good', fingerprint: 'f', dim: 4, complete: true, shards: [{ rows: 2, lastId: 2 }] };
    writeFileSync(path.join(folder('good'), 'manifest.json'), JSON.stringify(manifest));
    writeFileSync(path.join(folder('bad'), 'manifest.json'), '{');
    const { datasets } = await pipelineSummary(workspace);
    expect(datasets[0]?.embeddings).toEqual([{ teacher: 'good', dim: 4, rows: 2, complete: true }]);
  });

  test('calls a run stopped when nobody works on the workspace', async () => {
    insertRun('r1', '2026-01-01T00:00:00.000Z');
    insertMetrics('r1', 'loss/overall', [3, 2, 1]);
    expect((await pipelineSummary(workspace)).runs[0]).toMatchObject({ state: 'stopped', step: 3 });
    insertJob(workspace, process.pid, ['distill']);
    expect((await pipelineSummary(workspace)).runs[0]).toMatchObject({ state: 'running', step: 3 });
  });
});

test('the last step of a run is that of its loss', () => {
  insertRun('r', timestamp());
  insertMetrics('r', 'loss/overall', [5, 4, 3]);
  expect(lastStep(workspace, 'r')).toBe(3);
  expect(lastStep(workspace, 'other')).toBe(0);
});

test('groups come largest first, their keeper first, then by distance, cut at the limits', () => {
  insertDataset('food', 6, 0);
  run(
    `INSERT INTO balances (dataset_id, teacher, options, beta, images, pairs, groups, removed, kept, finished_at)
     VALUES (1, 'tiny', '{}', 0.4, 6, 4, 2, 4, 2, ?)`,
    timestamp(),
  );
  run('INSERT INTO duplicate_groups (id, balance_id, size, mean_distance) VALUES (1, 1, 2, 0.1), (2, 1, 4, 0.2)');
  run(
    'INSERT INTO members (group_id, sample_id, distance, keep) VALUES (1, 1, 0.1, 0), (1, 2, 0.1, 1), (2, 3, 0.3, 0), (2, 4, 0.2, 1), (2, 5, 0.1, 0), (2, 6, 0.1, 0)',
  );
  const groups = largestGroups(workspace, 1, 30, 3);
  expect(groups.map(({ id, size, members }) => [id, size, members.map(({ sample }) => sample)])).toEqual([
    [2, 4, [4, 5, 6]],
    [1, 2, [2, 1]],
  ]);
  expect(groups[0]?.members[0]).toEqual({
    sample: 4,
    path: '3.jpg',
    caption: 'a dish',
    keep: true,
    distance: 0.2,
    width: null,
    height: null,
    hasPicture: false,
  });
  expect(largestGroups(workspace, 1, 1, 3)).toHaveLength(1);
  expect(largestGroups(workspace, 99, 30, 3)).toEqual([]);
});
