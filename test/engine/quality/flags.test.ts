/** The flags of samples. Run: npx vitest run test/engine/quality/flags.test.ts */

import fc from 'fast-check';
import { describe, expect, it, onTestFinished } from 'vitest';
import { silentContext } from '../../../src/main/engine/progress.ts';
import { qualityCounts } from '../../../src/main/engine/quality/counts.ts';
import { findFlagged, flagsOf } from '../../../src/main/engine/quality/flags.ts';
import { findLeftOut, idsBetween } from '../../../src/main/engine/quality/leftOut.ts';
import {
  flagNames,
  parseFlags,
  thresholdsOf,
  type FlagName,
  type ThresholdsInput,
} from '../../../src/main/engine/quality/options.ts';
import { openWorkspace, type Workspace } from '../../../src/main/engine/store/workspace.ts';
import { temporaryFolder } from '../support/vectors.ts';

interface Sample {
  caption?: string;
  width?: number | null;
  height?: number | null;
  hash?: string | null;
  brightness?: number | null;
  contrast?: number | null;
  sharpness?: number | null;
  agreement?: number | null;
  status?: string;
}

/** Without a flag at any threshold that the tests use. */
const good: Required<Sample> = {
  caption: '',
  width: 640,
  height: 480,
  hash: null,
  brightness: 0.5,
  contrast: 0.2,
  sharpness: 900,
  agreement: 0.3,
  status: 'ok',
};

function workspaceOf(samples: readonly Sample[]): Workspace {
  const workspace = openWorkspace(temporaryFolder());
  onTestFinished(workspace.close);
  workspace.sqlite.exec(
    `INSERT INTO datasets (name, source, format, imported_at, complete) VALUES ('set', '', 'folder', '', 1)`,
  );
  add(workspace, 1, samples);
  return workspace;
}

function add({ sqlite }: Workspace, dataset: number, samples: readonly Sample[]): void {
  const names = Object.keys(good);
  const insert = sqlite.prepare(
    `INSERT INTO samples (dataset_id, position, path, ${names.join(', ')})
     VALUES (@dataset, @position, 'p' || @position, ${names.map((name) => `@${name}`).join(', ')})`,
  );
  for (const [position, sample] of samples.entries()) {
    insert.run({ ...good, caption: `caption ${position}`, ...sample, dataset, position });
  }
}

/** The flags of each sample, from id 1 on. */
function flagsIn(workspace: Workspace, given: ThresholdsInput = {}, balanceId?: number): FlagName[][] {
  const { ids, bits } = findFlagged(workspace, { datasetId: 1, balanceId, thresholds: thresholdsOf(given) });
  const count = workspace.sqlite.prepare('SELECT count(*) FROM samples').pluck().get() as number;
  const all = Array.from({ length: count }, (): FlagName[] => []);
  for (const [at, id] of ids.entries()) all[id - 1] = flagsOf(bits[at]!);
  return all;
}

const cases: [FlagName, bad: Sample, edge: Sample, ThresholdsInput][] = [
  ['too-small', { width: 70, height: 63 }, { width: 64, height: 64 }, { minSide: 64 }],
  ['odd-aspect', { width: 401, height: 100 }, { width: 400, height: 100 }, { maxAspect: 4 }],
  ['odd-aspect', { width: 100, height: 401 }, { width: 100, height: 400 }, { maxAspect: 4 }],
  ['blurred', { sharpness: 49.9 }, { sharpness: 50 }, { minSharpness: 50 }],
  ['dark', { brightness: 0.05 }, { brightness: 0.06 }, { minBrightness: 0.06 }],
  ['bright', { brightness: 0.98 }, { brightness: 0.97 }, { maxBrightness: 0.97 }],
  ['uniform', { contrast: 0.029 }, { contrast: 0.03 }, { minContrast: 0.03 }],
  ['no-caption', { caption: '  ' }, { caption: '.' }, {}],
  ['disagreement', { agreement: 0.19 }, { agreement: 0.2 }, { minAgreement: 0.2 }],
];

describe('each flag', () => {
  it.each(cases)('%s begins behind its threshold', (name, bad, edge, thresholds) => {
    const workspace = workspaceOf([{}, bad, edge, { ...bad, status: 'skipped' }]);
    expect(flagsIn(workspace, thresholds)).toEqual([[], [name], [], []]);
  });

  it('is not raised for what was not measured, and the missing are counted', () => {
    const none = { width: null, height: null, brightness: null, contrast: null, sharpness: null, agreement: null };
    const workspace = workspaceOf([{}, none, none]);
    expect(flagsIn(workspace, { minAgreement: 1 })).toEqual([['disagreement'], [], []]);
    expect(qualityCounts(workspace, 1)).toMatchObject({
      images: 3,
      flagged: 0,
      notMeasured: { picture: 2, agreement: 2 },
    });
  });

  it('copy: all but the first of equal files, within the dataset', () => {
    const workspace = workspaceOf([
      { hash: 'a', status: 'skipped' },
      { hash: 'a' },
      { hash: 'b' },
      { hash: 'a' },
      { hash: 'a' },
    ]);
    workspace.sqlite.exec(
      `INSERT INTO datasets (name, source, format, imported_at) VALUES ('other', '', 'folder', '')`,
    );
    add(workspace, 2, [{ hash: 'b' }]);
    expect(flagsIn(workspace)).toEqual([[], [], [], ['copy'], ['copy'], []]);
  });

  it('copy: the one that the balance keeps is the one that stays', () => {
    const workspace = workspaceOf([{ hash: 'a' }, { hash: 'a' }, { hash: 'a' }, { hash: 'b' }, { hash: 'b' }]);
    workspace.sqlite.exec(`
      INSERT INTO balances (id, dataset_id, teacher, options, beta, images, pairs, groups, removed, kept, finished_at)
        VALUES (7, 1, 't', '{}', 0.4, 5, 9, 1, 3, 2, '');
      INSERT INTO duplicate_groups (id, balance_id, size, mean_distance) VALUES (3, 7, 3, 0);
      INSERT INTO members (group_id, sample_id, distance, keep) VALUES (3, 1, 0, 0), (3, 2, 0, 1), (3, 3, 0, 0);
      INSERT INTO removals (balance_id, sample_id, reason) VALUES (7, 4, 'decision')`);
    expect(flagsIn(workspace, {}, 7)).toEqual([['copy'], [], ['copy'], ['copy'], []]);
    expect(qualityCounts(workspace, 1).flags.copy.count).toBe(3);
  });

  it('boilerplate: a caption on more images than the limit, an empty one never', () => {
    const captions = ['a', 'a', 'a', 'b', 'b', '', '', '', ''];
    const workspace = workspaceOf(captions.map((caption) => ({ caption })));
    const [a, none] = [['boilerplate'], ['no-caption']];
    expect(flagsIn(workspace, { maxRepeats: 2 })).toEqual([a, a, a, [], [], none, none, none, none]);
  });
});

it('counts every flag, with examples, and each image once', () => {
  const workspace = workspaceOf([{ brightness: 0.01, contrast: 0 }, {}, { contrast: 0.01 }, { caption: '' }]);
  const { images, flagged, flags } = qualityCounts(workspace, 1, {}, 1);
  expect([images, flagged]).toEqual([4, 3]);
  expect(flagNames.map((name) => flags[name].count)).toEqual([0, 0, 0, 1, 0, 2, 0, 1, 0, 0]);
  expect(flags.uniform.examples).toMatchObject([{ sampleId: 1, path: 'p0.0', brightness: 0.01, contrast: 0 }]);
});

it('a stricter threshold never flags fewer images', () => {
  const random = (seed: number) => ((seed * 7919) % 101) / 101;
  const workspace = workspaceOf(
    Array.from({ length: 120 }, (_, i) => ({
      caption: `c${i % 17}`,
      width: 20 + ((i * 37) % 300),
      height: 20 + ((i * 53) % 300),
      hash: `h${i % 90}`,
      brightness: random(i),
      contrast: random(i + 7) / 2,
      sharpness: 100 * random(i + 3),
      agreement: random(i + 5),
    })),
  );
  const share = fc.double({ min: 0, max: 1, noNaN: true });
  const thresholds = (x: number): ThresholdsInput => ({
    minSide: 320 * x,
    maxAspect: 17 - 16 * x,
    minSharpness: 100 * x,
    minBrightness: x,
    maxBrightness: 1 - x,
    minContrast: x / 2,
    maxRepeats: 1 + Math.round(10 * (1 - x)),
    minAgreement: 2 * x - 1,
  });
  const idsOf = (x: number, name: FlagName) => {
    const query = { datasetId: 1, balanceId: undefined, thresholds: thresholdsOf(thresholds(x)) };
    return [...findFlagged(workspace, query, [name]).ids];
  };
  fc.assert(
    fc.property(share, share, fc.constantFrom(...flagNames), (a, b, name) => {
      const [mild, strict] = [idsOf(Math.min(a, b), name), new Set(idsOf(Math.max(a, b), name))];
      expect(mild.every((id) => strict.has(id))).toBe(true);
    }),
  );
});

describe('what is left out', () => {
  const find = (workspace: Workspace, exclusion: Parameters<typeof findLeftOut>[2], lines: string[] = []) => {
    const context = { ...silentContext(), log: (line: string) => lines.push(line) };
    return findLeftOut(workspace, { datasetId: 1, balanceId: undefined }, exclusion, context);
  };

  it('are the images with one of the flags, by ranges of ids too', () => {
    const workspace = workspaceOf([{ sharpness: 0 }, {}, { caption: '' }, { brightness: 0 }, { sharpness: 1 }]);
    const left = find(workspace, { without: ['blurred', 'no-caption'], thresholds: { minSharpness: 1 } });
    expect([...left.ids]).toEqual([1, 3]);
    expect(left.record).toMatchObject({
      without: ['blurred', 'no-caption'],
      thresholds: { minSharpness: 1, minSide: 64 },
    });
    expect([...idsBetween(left, 1, 3)]).toEqual([1, 3]);
    expect([...idsBetween(left, 2, 9)]).toEqual([3]);
    expect([...idsBetween(left, 4, 9)]).toEqual([]);
    expect(find(workspace, {})).toEqual({ ids: new Int32Array(), record: {} });
  });

  it('says how many were never measured', () => {
    const lines: string[] = [];
    find(workspaceOf([{ sharpness: null }, {}]), { without: ['blurred', 'copy'] }, lines);
    expect(lines).toEqual(['1 images stay in without a look: their sharpness was never measured.']);
  });

  it('refuses what makes no sense, naming the option', () => {
    const workspace = workspaceOf([{}]);
    expect(() => find(workspace, { without: ['disagreement'] })).toThrow('--min-agreement');
    expect(() => find(workspace, { without: ['dark'], thresholds: { minBrightness: 2 } })).toThrow(
      '--min-brightness is 2',
    );
    expect(() => parseFlags('dark,lovely')).toThrow('no quality flag "lovely"; there are too-small');
    expect(parseFlags('dark, copy')).toEqual(['dark', 'copy']);
  });
});
