/** @file doctor: sees what there is, and says what is missing where things are broken. */

import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, symlinkSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import {
  type DoctorReport,
  doctor,
  doctorSchema,
  renderDoctor,
  whatIsMissing,
} from '../../../src/main/engine/doctor.ts';
import { parseGpus } from '../../../src/main/engine/machine/gpus.ts';
import { parseFeatures } from '../../../src/main/engine/machine/processor.ts';
import { temporaryFolder } from './temporary.ts';

const gpu = { name: 'NVIDIA RTX 4090', memoryBytes: 24564 * 2 ** 20, driver: '570.86' };
const healthy: DoctorReport = {
  versions: {
    distillery: '0.1.0',
    node: '24.21.0',
    tfjs: '4.22.0',
    libtensorflow: '2.21.0',
    sqlite: '3.54.1',
    sharp: '0.35.5',
    libvips: '8.18.7',
    electron: '45.4.1',
  },
  processor: { model: 'A processor', cores: 8, features: ['avx', 'avx2'] },
  memory: { totalBytes: 64e9, freeBytes: 32e9 },
  gpus: [gpu],
  backend: { build: 'cuda', usesGpu: true },
  disk: [{ what: 'workspace', dir: '/data', freeBytes: 1e12 }],
  missing: [],
};

test('instruction sets are those of the first processor, in our order', () => {
  expect(parseFeatures('processor\t: 0\nflags\t\t: fpu avx512f fma avx avx2 sse\nprocessor\t: 1\n')).toEqual([
    'avx',
    'avx2',
    'fma',
    'avx512f',
  ]);
  expect(parseFeatures('')).toEqual([]);
});

test('GPUs are read line by line', () => {
  expect(parseGpus('NVIDIA RTX 4090, 24564, 570.86\nNVIDIA A100, [N/A], 570.86\n\n')).toEqual([gpu]);
});

test.each<[string, Partial<DoctorReport>, boolean, string[]]>([
  ['nothing', {}, true, []],
  ['the CUDA build', { backend: { build: 'cpu', usesGpu: false } }, true, ['npm run setup -- --gpu']],
  ['a driver', { backend: { build: 'cuda', usesGpu: false } }, true, ['driver 525']],
  ['AVX', { processor: { ...healthy.processor, features: [] } }, true, ['another machine']],
  ['resources', {}, false, ['npm run setup']],
  ['room', { disk: [{ what: 'cache', dir: '/c', freeBytes: 1e6 }] }, true, ['Free some space']],
])('missing: %s', (_, change, resources, todo) => {
  const missing = whatIsMissing({ ...healthy, ...change }, resources);
  expect(missing).toHaveLength(todo.length);
  for (const [index, text] of todo.entries()) expect(missing[index]!.do).toContain(text);
});

test('the text names every part', () => {
  const text = renderDoctor({ ...healthy, missing: [{ what: 'A thing', do: 'get it' }] });
  for (const part of ['0.1.0', '2.21.0', '3.54.1', 'avx2', 'RTX 4090', '570.86', '/data', 'A thing', 'get it']) {
    expect(text).toContain(part);
  }
  expect(renderDoctor(healthy)).toContain('Nothing is missing');
});

test('here everything loads', async () => {
  const report = doctorSchema.parse(await doctor('/no/such/workspace'));
  expect(report.versions).toMatchObject({ libtensorflow: '2.21.0', tfjs: '4.22.0' });
  expect(report.missing.map(({ what }) => what).filter((what) => what.includes('does not load'))).toEqual([]);
});

test('in a checkout without libraries it reports them instead of failing', () => {
  const dir = temporaryFolder();
  cpSync('src/main/engine', path.join(dir, 'src/main/engine'), { recursive: true });
  cpSync('package.json', path.join(dir, 'package.json'));
  mkdirSync(path.join(dir, 'node_modules'));
  symlinkSync(path.resolve('node_modules/zod'), path.join(dir, 'node_modules/zod'));
  const module = JSON.stringify(path.join(dir, 'src/main/engine/doctor.ts'));
  const script = `const { doctor } = await import(${module}); console.log(JSON.stringify(await doctor('.')));`;
  const output = execFileSync(process.execPath, ['--input-type=module', '-e', script], { encoding: 'utf8' });
  const report = doctorSchema.parse(JSON.parse(output));
  expect(report.versions).toMatchObject({ libtensorflow: null, sqlite: null, sharp: null, electron: null });
  expect(report.backend).toEqual({ build: 'none', usesGpu: false });
  const whats = report.missing.map(({ what }) => what).join('\n');
  for (const name of ['TensorFlow', 'SQLite', 'sharp', 'tokenizer']) expect(whats).toContain(name);
  expect(whats).toContain("Cannot find package 'better-sqlite3'");
});
