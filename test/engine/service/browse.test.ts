/** @file vitest run test/engine/service/browse: lists of pictures against a naive filter, their pages, decisions and details. */

import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { BrowseFilter, BrowseOrder, BrowseQuery } from '../../../src/preload/browse.ts';
import { randomStream } from '../../../src/main/engine/random.ts';
import { browseHandlers } from '../../../src/main/engine/service/browse.ts';
import { readCells, sampleDetail } from '../../../src/main/engine/service/browse/cells.ts';
import { listSamples } from '../../../src/main/engine/service/browse/list.ts';
import { endThread } from '../../../src/main/engine/service/browse/work.ts';
import type { OpenWorkspace } from '../../../src/main/engine/service/handlers.ts';
import { writeNpy } from '../../../src/main/engine/store/npy.ts';
import { openWorkspace, timestamp, type Workspace } from '../../../src/main/engine/store/workspace.ts';

interface Sample {
  id: number;
  path: string;
  caption: string;
  label: string | null;
  width: number | null;
  height: number | null;
  bytes: number | null;
  brightness: number | null;
  status: 'ok' | 'skipped';
  removed: boolean;
  decided: boolean;
  cluster: number | null;
  group: number | null;
}

const words = ['red', 'tomato', 'soup', 'Dish', 'on', 'Crème'];
const random = randomStream(5);
const pick = <T>(list: readonly T[]): T => list[Math.floor(random() * list.length)]!;

const samples: Sample[] = Array.from({ length: 120 }, (_, at) => {
  const skipped = random() < 0.15;
  return {
    id: at + 1,
    path: `${pick(['b', 'a', 'ä', 'A'])}/${Math.floor(random() * 40)}-${at}.jpg`,
    caption: Array.from({ length: Math.floor(random() * 5) }, () => pick(words)).join(' '),
    label: pick(['food', 'street', null]),
    width: skipped ? null : pick([40, 100, 300]),
    height: skipped ? null : pick([40, 100, 300]),
    bytes: random() < 0.1 ? null : pick([100, 2000, 30_000]),
    brightness: pick([0.01, 0.5, null]),
    status: skipped ? 'skipped' : 'ok',
    removed: false,
    decided: false,
    cluster: null,
    group: null,
  };
});

let workspace: Workspace;
const run = (sql: string, ...values: unknown[]): void => {
  workspace.sqlite.prepare(sql).run(...values);
};

beforeAll(async () => {
  workspace = openWorkspace(mkdtempSync(path.join(tmpdir(), 'distillery-browse-')));
  for (const name of ['food', 'other']) {
    run(
      "INSERT INTO datasets (name, source, format, imported_at, complete) VALUES (?, '/s', 'folder', ?, 1)",
      name,
      timestamp(),
    );
  }
  for (const { id, path: file, caption, label, width, height, bytes, brightness, status } of samples) {
    run(
      `INSERT INTO samples (id, dataset_id, position, path, file, caption, label, width, height, bytes, brightness, status)
       VALUES (?, 1, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
      ...[id, id, file, `/s/${file}`, caption, label, width, height, bytes, brightness, status],
    );
  }
  run(
    `INSERT INTO samples (dataset_id, position, path, caption, status) VALUES (2, 0, 'a/x.jpg', 'red tomato soup', 'ok')`,
  );
  run(
    `INSERT INTO balances (dataset_id, teacher, options, beta, images, pairs, groups, removed, kept, finished_at)
     VALUES (1, 'tiny', '{}', 0.4, 100, 9, 2, 4, 96, ?)`,
    timestamp(),
  );
  run('INSERT INTO balance_samples (balance_id, first, last) VALUES (1, 1, 120)');
  const usable = samples.filter(({ status }) => status === 'ok');
  for (const group of [1, 2]) {
    run('INSERT INTO duplicate_groups (id, balance_id, size, mean_distance) VALUES (?, 1, 4, 0.1)', group);
    for (const [at, sample] of usable.slice(group * 10, group * 10 + 4).entries()) {
      run(
        'INSERT INTO members (group_id, sample_id, distance, keep, rank) VALUES (?, ?, ?, ?, ?)',
        group,
        sample.id,
        at / 10,
        at === 0 ? 1 : 0,
        at + 1,
      );
      Object.assign(sample, { group, removed: at > 0 });
    }
  }
  run("INSERT INTO removals (balance_id, sample_id, reason) VALUES (1, ?, 'quality')", usable[30]!.id);
  usable[30]!.removed = true;
  for (const [decision, kind, at] of [
    [1, 'keep', 40],
    [2, 'remove', 41],
  ] as const) {
    run(
      "INSERT INTO decisions (id, dataset_id, kind, annotator, decided_at, undone_at) VALUES (?, 1, ?, 'ann', ?, ?)",
      decision,
      kind,
      timestamp(),
      decision === 2 ? timestamp() : null,
    );
    run('INSERT INTO decision_samples (decision_id, sample_id) VALUES (?, ?)', decision, usable[at]!.id);
    usable[at]!.decided = decision === 1;
  }
  run(
    `INSERT INTO clusterings (dataset_id, teacher, clusters, options, inertia, iterations, finished_at)
     VALUES (1, 'tiny', 3, '{}', 1, 1, ?)`,
    timestamp(),
  );
  const clustered = usable.filter(({ removed }) => !removed);
  for (const [at, sample] of clustered.entries()) sample.cluster = at % 3;
  const folder = path.join(workspace.dir, 'clusters', '1');
  mkdirSync(folder, { recursive: true });
  await writeNpy(
    path.join(folder, 'labels.npy'),
    Int32Array.from(clustered, ({ cluster }) => cluster!),
    [clustered.length],
  );
  await writeNpy(
    path.join(folder, 'sample_ids.npy'),
    Int32Array.from(clustered, ({ id }) => id),
    [clustered.length],
  );
});
afterAll(async () => {
  await endThread();
  workspace.close();
  rmSync(workspace.dir, { recursive: true, force: true });
});

const everything: BrowseFilter = {
  ...{ caption: '', status: 'all', fate: 'any', cluster: null, group: null, label: null, flag: null },
  ...{ minSide: null, maxSide: null, minBytes: null, maxBytes: null },
};
const query = (filter: Partial<BrowseFilter> = {}, rest: Partial<BrowseQuery> = {}): BrowseQuery => ({
  ...{ dataset: 1, order: 'import', descending: false, samples: null },
  ...rest,
  filter: { ...everything, ...filter },
});

/** As slow and as plain as can be. */
function naive({ filter, order, descending, samples: given }: BrowseQuery): number[] {
  const side = ({ width, height }: Sample): number =>
    width === null || height === null ? NaN : Math.min(width, height);
  const fold = (text: string): string => text.normalize('NFKD').replace(/\p{M}/gu, '').toLowerCase();
  const asked = fold(filter.caption)
    .split(' ')
    .filter((word) => word !== '');
  const passes = (sample: Sample): boolean => {
    const { status, removed, decided } = sample;
    const has = fold(sample.caption).split(' ');
    const fates = { any: true, kept: status === 'ok' && !removed, removed, undecided: !decided, decided };
    return (
      (filter.status === 'all' || filter.status === status) &&
      fates[filter.fate] &&
      (filter.cluster === null || sample.cluster === filter.cluster) &&
      (filter.group === null || sample.group === filter.group) &&
      (filter.label === null || sample.label === filter.label) &&
      (filter.minSide === null || side(sample) >= filter.minSide) &&
      (filter.maxSide === null || side(sample) <= filter.maxSide) &&
      (filter.minBytes === null || (sample.bytes !== null && sample.bytes >= filter.minBytes)) &&
      (filter.maxBytes === null || (sample.bytes !== null && sample.bytes <= filter.maxBytes)) &&
      (filter.flag === null || (status === 'ok' && sample.brightness !== null && sample.brightness < 0.06)) &&
      (given === null || given.includes(sample.id)) &&
      asked.every((word, at) => has.some((own) => (at === asked.length - 1 ? own.startsWith(word) : own === word)))
    );
  };
  const value = (sample: Sample): number | null => {
    if (order === 'bytes') return sample.bytes;
    if (order === 'resolution') return sample.width === null ? null : sample.width * sample.height!;
    return order === 'given' && given ? given.indexOf(sample.id) : sample.id;
  };
  const compare = (a: Sample, b: Sample): number => {
    const sign = descending ? -1 : 1;
    if (order === 'path') return sign * Buffer.compare(Buffer.from(a.path), Buffer.from(b.path)) || a.id - b.id;
    const [x, y] = [value(a), value(b)];
    if (x === null || y === null) return Number(x === null) - Number(y === null) || a.id - b.id;
    return sign * (x - y) || a.id - b.id;
  };
  return samples
    .filter(passes)
    .sort(compare)
    .map(({ id }) => id);
}

const filters = fc.record<BrowseFilter>({
  caption: fc.constantFrom('', '', 'red', 'tom', 'soup red', 'dish creme', 'so up', 'nothing'),
  status: fc.constantFrom('ok', 'ok', 'skipped', 'all'),
  fate: fc.constantFrom('any', 'any', 'kept', 'removed', 'undecided', 'decided'),
  cluster: fc.constantFrom(null, null, null, 0, 2, 9),
  group: fc.constantFrom(null, null, null, 1, 7),
  label: fc.constantFrom(null, null, 'food', 'none'),
  minSide: fc.constantFrom(null, null, 100),
  maxSide: fc.constantFrom(null, null, 100),
  minBytes: fc.constantFrom(null, null, 2000),
  maxBytes: fc.constantFrom(null, null, 2000),
  flag: fc.constantFrom(null, null, null, 'dark'),
});

describe('a list of pictures', () => {
  test('is what a naive filter gives, in its order, whatever is asked', async () => {
    await fc.assert(
      fc.asyncProperty(
        filters,
        fc.constantFrom<BrowseOrder>('import', 'path', 'resolution', 'bytes', 'given'),
        fc.boolean(),
        fc.option(fc.uniqueArray(fc.integer({ min: 1, max: 121 }), { maxLength: 60 })),
        async (filter, order, descending, given) => {
          const asked = query(filter, { order, descending, samples: given });
          expect([...(await listSamples(workspace, asked))]).toEqual(naive(asked));
        },
      ),
      { numRuns: 300 },
    );
  });

  test('of words finds them as they are, and no operator', async () => {
    const ids = [
      ...[
        'say "hello" AND goodbye',
        'semi-sweet NOT bitter',
        'a*b caption: x',
        '東京の寿司 dinner',
        'odd \0 thing',
        '50% off!',
        '😀 smile',
      ],
    ].map((caption, at) => {
      run(
        "INSERT INTO samples (dataset_id, position, path, caption, status) VALUES (2, ?, ?, ?, 'ok')",
        at + 1,
        `${at}`,
        caption,
      );
      return workspace.sqlite.prepare<[], number>('SELECT max(id) FROM samples').pluck().get()!;
    });
    const find = async (caption: string): Promise<number[]> =>
      [...(await listSamples(workspace, query({ caption }, { dataset: 2 })))].map((id) => ids.indexOf(id));
    expect(await find('"hello"')).toEqual([0]);
    expect(await find('hello AND')).toEqual([0]);
    expect(await find('hello OR semi')).toEqual([]);
    expect(await find('NOT semi')).toEqual([1]);
    expect(await find('semi-swe')).toEqual([1]);
    expect(await find('sweet-semi')).toEqual([]);
    expect(await find('caption: x')).toEqual([2]);
    expect(await find('caption:tomato')).toEqual([]);
    expect(await find('寿司')).toEqual([3]);
    expect(await find('東京 din')).toEqual([3]);
    expect(await find('odd\0thing')).toEqual([4]);
    expect(await find('50%')).toEqual([5]);
    expect(await find('! off')).toEqual([5]);
    expect(await find('😀')).toEqual([6]);
    expect(await find('"')).toEqual([0]);
    expect(await find('NEAR(hello goodbye, 5)')).toEqual([]);
    expect(await find(`${'word '.repeat(5000)}${'x'.repeat(50_000)}`)).toEqual([]);
    expect(await find('\0')).toHaveLength(ids.length + 1);
  });

  test('follows captions that change, go, and come', async () => {
    const found = async (): Promise<number> =>
      (await listSamples(workspace, query({ caption: 'zebra' }, { dataset: 2 }))).length;
    const insert = (position: number): void => {
      run(
        "INSERT INTO samples (dataset_id, position, path, caption, status) VALUES (2, ?, 'z', 'a zebra', 'ok')",
        position,
      );
    };
    expect(await found()).toBe(0);
    insert(100);
    expect(await found()).toBe(1);
    run("UPDATE samples SET caption = 'a horse' WHERE caption = 'a zebra'");
    expect(await found()).toBe(0);
    run("UPDATE samples SET caption = 'zebra again' WHERE caption = 'a horse'");
    expect(await found()).toBe(1);
    // the next sample gets the same id
    run("DELETE FROM samples WHERE caption = 'zebra again'");
    run("INSERT INTO samples (dataset_id, position, path, caption, status) VALUES (2, 101, 'z', 'nothing', 'ok')");
    expect(await found()).toBe(0);
    run("DELETE FROM samples WHERE caption = 'nothing'");
    insert(102);
    expect(await found()).toBe(1);
    run("INSERT INTO captions (captions, rank) VALUES ('integrity-check', 1)");
  });
});

describe('the view of all pictures', () => {
  const open = (): OpenWorkspace => ({
    workspace,
    watch: { poke: () => undefined, stop: () => undefined },
    emit: () => undefined,
  });
  const id = '0'.repeat(16);

  test('reads pages of a list that join without a gap', async () => {
    const asked = query({}, { order: 'bytes', descending: true });
    const { list, total } = await browseHandlers['browse.open'](open(), { workspace: id, query: asked });
    expect(total).toBe(120);
    const wanted = naive(asked);
    const at = async (from: number) => browseHandlers['browse.page'](open(), { workspace: id, list, from });
    expect((await at(0))!.map((cell) => cell!.sample)).toEqual(wanted);
    expect((await at(100))!.map((cell) => cell!.sample)).toEqual(wanted.slice(100));
    expect(await at(500)).toEqual([]);
    expect(await browseHandlers['browse.find'](open(), { workspace: id, list, sample: wanted[7]! })).toBe(7);
    expect(await browseHandlers['browse.find'](open(), { workspace: id, list, sample: 999 })).toBeNull();
    expect(await browseHandlers['browse.page'](open(), { workspace: id, list: 999, from: 0 })).toBeNull();
  });

  test('cells tell what becomes of a picture, and what people said', () => {
    const removed = samples.find((sample) => sample.removed)!;
    const decided = samples.find((sample) => sample.decided)!;
    const [first, second, gone] = readCells(workspace, 1, [decided.id, removed.id, 9999]);
    expect(first).toMatchObject({ sample: decided.id, verdict: 'keep', removed: false, status: 'ok' });
    expect(second).toMatchObject({ sample: removed.id, verdict: null, removed: true });
    expect(gone).toBeNull();
  });

  test('a detail has all that is known', async () => {
    const member = samples.find(({ group }) => group === 2)!;
    expect(await sampleDetail(workspace, member.id)).toMatchObject({
      ...{ sample: member.id, dataset: 'food', position: member.id, file: `/s/${member.path}`, inArchive: false },
      ...{ label: member.label, bytes: member.bytes, cluster: member.cluster, removedFor: null },
      group: { id: 2, size: 4, keep: true, distance: 0 },
    });
    const flagged = samples.find(({ removed, group }) => removed && group === null)!;
    expect(await sampleDetail(workspace, flagged.id)).toMatchObject({
      removedFor: 'quality',
      group: null,
      cluster: null,
    });
    await expect(sampleDetail(workspace, 9999)).rejects.toThrow('no sample 9999');
  });

  test('labels are counted', async () => {
    const labels = await browseHandlers['browse.labels'](open(), { workspace: id, dataset: 1 });
    const count = (label: string): number => samples.filter((sample) => sample.label === label).length;
    expect(labels).toHaveLength(2);
    expect(labels).toContainEqual({ label: 'food', images: count('food') });
  });

  test('decides in bulk, and writes a selection', async () => {
    const asked = query({ status: 'ok', fate: 'kept' });
    const kept = naive(asked);
    const { list } = await browseHandlers['browse.open'](open(), { workspace: id, query: asked });
    const spans = [
      { from: 0, to: 2 },
      { from: 1, to: 3 },
      { from: 5, to: 6 },
    ];
    const { file, samples: written } = await browseHandlers['browse.selection'](open(), { workspace: id, list, spans });
    expect(written).toBe(4);
    expect(readFileSync(file, 'utf8')).toBe([0, 1, 2, 5].map((at) => `${kept[at]}\n`).join(''));
    const decided = await browseHandlers['browse.decide'](open(), {
      workspace: id,
      list,
      spans,
      kind: 'remove',
      annotator: 'ann',
    });
    expect(decided).toMatchObject({ count: 4, atOnce: true });
    const rest = [...(await listSamples(workspace, asked))];
    expect(rest).not.toContain(kept[0]);
    expect([...(await listSamples(workspace, query({ fate: 'decided' })))]).toEqual(
      expect.arrayContaining([0, 1, 2, 5].map((at) => kept[at])),
    );
    const undone = await browseHandlers['browse.undo'](open(), { workspace: id, dataset: 1, annotator: 'ben' });
    expect(undone).toEqual({ ...decided, atOnce: true });
    expect([...(await listSamples(workspace, asked))]).toEqual(kept);
    await expect(
      browseHandlers['browse.undo'](open(), { workspace: id, dataset: 2, annotator: 'ben' }),
    ).rejects.toThrow('no decision to undo');
  });

  test('of two questions that wait only the last is answered', async () => {
    const ask = (caption: string) =>
      browseHandlers['browse.open'](open(), { workspace: id, query: query({ caption }) });
    const [first, second, third] = await Promise.allSettled([ask('a'), ask('b'), ask('red')]);
    expect(first.status).toBe('fulfilled');
    expect(second).toMatchObject({ status: 'rejected', reason: { name: 'CancelledError' } });
    expect(third).toMatchObject({ value: { total: naive(query({ caption: 'red' })).length } });
  });
});
