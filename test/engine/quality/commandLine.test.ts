/** @file Flags from import to export as processes. Run: npx vitest run test/engine/quality/commandLine.test.ts */

import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { parse as parseCsv } from 'csv-parse/sync';
import { asyncBufferFromFile, parquetReadObjects } from 'hyparquet';
import sharp, { type Sharp } from 'sharp';
import { beforeAll, expect, test } from 'vitest';
import { distillery, result } from '../cli/support.ts';
import { temporaryFolderOfFile } from '../cli/temporary.ts';

const dir = temporaryFolderOfFile();
const workspace = path.join(dir, 'workspace');
const source = path.join(dir, 'source');
const out = (name: string): string => path.join(dir, name);
const set = ['--dataset', 'set'];
const good = 12;

/** Stripes of 4 pixels: sharp, and neither dark nor bright. */
const stripes = (width: number, height: number, shift: number): Sharp => {
  const pixels = Uint8Array.from({ length: width * height }, (_, i) =>
    ((i % width) + shift) % 8 < 4 ? 40 + shift : 200,
  );
  return sharp(pixels, { raw: { width, height, channels: 1 } }).png();
};

beforeAll(async () => {
  mkdirSync(source);
  const write = async (name: string, picture: Sharp, caption = `picture ${name}`) => {
    writeFileSync(path.join(source, `${name}.png`), await picture.toBuffer());
    writeFileSync(path.join(source, `${name}.txt`), caption);
  };
  for (let i = 0; i < good; i++) await write(`a${10 + i}`, stripes(80, 72, i));
  await write('blurred', stripes(80, 72, 1).blur(6));
  await write('dark', stripes(80, 72, 2).linear(0.1, 0));
  await write('small', stripes(60, 72, 3));
  await write('wide', stripes(400, 72, 4));
  await write('copy', stripes(80, 72, 0));
  await write('silent', stripes(80, 70, 5), '');
  await result(workspace, ['import', source, ...set]);
});

const flagsOfFiles: Record<string, string> = {
  'blurred.png': 'blurred',
  'dark.png': 'dark',
  'small.png': 'too-small',
  'wide.png': 'odd-aspect',
  'copy.png': 'copy',
  'silent.png': 'no-caption',
};

test('quality counts what import measured', async () => {
  const counted = await result(workspace, ['quality', ...set]);
  expect(counted).toMatchObject({
    ...{ dataset: 'set', images: good + 6, flagged: 6, notMeasured: { picture: 0, agreement: good + 6 } },
    thresholds: { minSide: 64, maxAspect: 4 },
    flags: {
      'too-small': { count: 1, examples: [{ path: 'small.png', width: 60 }] },
      'odd-aspect': { count: 1 },
      copy: { count: 1, examples: [{ path: 'copy.png' }] },
      'no-caption': { count: 1, examples: [{ path: 'silent.png', caption: '' }] },
      bright: { count: 0, examples: [] },
    },
  });
  expect(await result(workspace, ['quality', ...set, '--min-side', '10', '--max-aspect', '9'])).toMatchObject({
    flagged: 4,
  });
});

test('export quality writes measures and flags', async () => {
  await result(workspace, ['export', 'quality', ...set, '--out', out('quality.csv')]);
  const rows = parseCsv<Record<string, string>>(readFileSync(out('quality.csv')), { columns: true });
  expect(rows.map(({ path: name, flags }) => [name, flags])).toEqual(
    rows.map(({ path: name }) => [name, flagsOfFiles[name!] ?? '']),
  );
  expect(rows[0]).toMatchObject({ sample_id: '1', path: 'a10.png', width: '80', height: '72', agreement: '' });
  // half of the columns 40, half 200
  expect(Number(rows[0]!['brightness'])).toBeCloseTo(120 / 255, 9);
  expect(Number(rows[0]!['contrast'])).toBeCloseTo(80 / 255, 9);
  await result(workspace, ['export', 'quality', ...set, '--out', out('quality.parquet'), '--min-side', '1']);
  const table = await parquetReadObjects({ file: await asyncBufferFromFile(out('quality.parquet')) });
  expect(table.find(({ path: name }) => name === 'small.png')).toMatchObject({ width: 60, agreement: null, flags: '' });
});

test('stages and exports leave flagged images out, and say so', async () => {
  const training = ['--batch', '6', '--max-steps', '1', '--no-cluster', '--no-instance', '--student', 'micro-32'];
  const trained = await result(workspace, ['distill', ...set, ...training, '--without', 'dark,copy']);
  expect(trained).toMatchObject({ leftOut: 2, without: ['dark', 'copy'], thresholds: { minBrightness: 0.06 } });
  await result(workspace, ['export', 'student', '--out', out('teacher')]);
  await result(workspace, ['embed', ...set, '--teacher', out('teacher')]);

  const { notMeasured, flags } = (await result(workspace, ['quality', ...set, '--min-agreement', '1'])) as {
    notMeasured: unknown;
    flags: { disagreement: { count: number; examples: { agreement: number }[] } };
  };
  expect(notMeasured).toEqual({ picture: 0, agreement: 0 });
  expect(flags.disagreement.count).toBe(good + 6);
  expect(Math.abs(flags.disagreement.examples[0]!.agreement)).toBeLessThan(1);

  const command = ['cluster', ...set, '--clusters', '2', '--without', 'blurred,too-small', '--min-side', '71'];
  // silent.png is 70 pixels high
  const clustered = await result(workspace, command);
  expect(clustered).toMatchObject({ images: good + 3, leftOut: 3, without: ['blurred', 'too-small'] });
  const sum = (sizes: unknown): number => (sizes as number[]).reduce((a, b) => a + b, 0);
  expect([sum(clustered['sizes']), sum(clustered['sizesBefore'])]).toEqual([good + 3, good + 6]);

  const exported = await result(workspace, [
    'export',
    'manifest',
    ...set,
    '--out',
    out('m.csv'),
    '--without',
    'copy,dark',
  ]);
  expect(exported).toMatchObject({ rows: good + 4, without: ['copy', 'dark'] });
  expect(readFileSync(out('m.csv'), 'utf8')).not.toMatch(/copy\.png|dark\.png/);
});

test('run CONFIG.yaml takes the same', async () => {
  const config = out('config.yaml');
  writeFileSync(
    config,
    `dataset: set
import: { source: source }
cluster: { clusters: 2, without: [odd-aspect, copy] }
` + `export: [{ what: files, out: list.txt, without: [too-small], thresholds: { min-side: 71 } }]\n`,
  );
  expect(await result(workspace, ['run', config])).toMatchObject({
    cluster: { images: good + 4, leftOut: 2 },
    export: [{ rows: good + 4, without: ['too-small'], thresholds: { minSide: 71 } }],
  });
});

test.each([
  [['export', 'files', '--out', 'x.txt', '--without', 'ugly'], 'no quality flag "ugly"'],
  [['quality', '--min-contrast', '3'], '--min-contrast is 3'],
])('%j is wrong usage', async (args, message) => {
  const { code, stderr } = await distillery(workspace, [...args, ...set]);
  expect(code).toBe(2);
  expect(stderr.replaceAll('\\"', '"')).toContain(message);
});
