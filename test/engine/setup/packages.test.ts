/** @file What the set-up sees of system packages, npm packages and pins. */

import { mkdir, writeFile } from 'node:fs/promises';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { whyIncomplete } from '../../../scripts/setup/npmPackages.mjs';
import { demoPictures, electronFallback, node, openClip, tensorflow } from '../../../scripts/setup/pins.mjs';
import { findMissing, hasProgram, needs } from '../../../scripts/setup/systemPackages.mjs';
import { temporaryFolder } from './temporary.ts';

test('programs count where they can be run', async () => {
  const dir = temporaryFolder();
  await writeFile(path.join(dir, 'tool'), '', { mode: 0o755 });
  await writeFile(path.join(dir, 'data'), '', { mode: 0o644 });
  expect(hasProgram('tool', `/nowhere:${dir}`)).toBe(true);
  expect(hasProgram('data', dir)).toBe(false);
  expect(hasProgram('absent', dir)).toBe(false);
});

test('what is missing is found by program, library and Python module', async () => {
  const there = [
    { program: 'sh', packages: ['dash'] },
    { library: 'libc.so.6', packages: ['libc6'] },
  ];
  const missing = [
    { program: 'no-such-program', packages: ['a'] },
    { library: 'libnosuch.so.9', packages: ['b'] },
    { pythonModule: 'no_such_module', packages: ['c'] },
  ];
  expect(await findMissing([...there, ...missing])).toEqual(missing);
});

test('every need can be installed', () => {
  for (const need of Object.values(needs).flat()) expect(need.packages.length).toBeGreaterThan(0);
});

test('node_modules is complete when npm came to its end and each version is the wanted one', async () => {
  const dir = temporaryFolder();
  const lock = {
    packages: {
      '': {},
      'node_modules/one': { version: '1.0.0' },
      'node_modules/everywhere': { version: '2.0.0', optional: true },
      'node_modules/windows': { version: '2.0.0', optional: true, os: ['win32'], cpu: ['x64'] },
      'node_modules/musl': { version: '2.0.0', optional: true, os: ['linux'], cpu: ['x64'], libc: ['musl'] },
    },
  };
  const put = async (name: string, content: object) => {
    await mkdir(path.dirname(path.join(dir, name)), { recursive: true });
    await writeFile(path.join(dir, name), JSON.stringify(content));
  };
  expect(await whyIncomplete(lock, dir)).toBe('node_modules is not complete');
  await put('node_modules/one/package.json', { version: '1.0.0' });
  expect(await whyIncomplete(lock, dir)).toBe('node_modules is not complete');
  await put('node_modules/.package-lock.json', { packages: { 'node_modules/one': { version: '1.0.0' } } });
  expect(await whyIncomplete(lock, dir)).toBeUndefined();
  const compiled = { version: '3.0.0', optional: true, os: ['linux'], cpu: ['x64'] };
  const withCompiled = { packages: { ...lock.packages, 'node_modules/linux': compiled } };
  expect(await whyIncomplete(withCompiled, dir)).toBe('node_modules/linux is missing');
  await put('node_modules/one/package.json', { version: '0.9.0' });
  expect(await whyIncomplete(lock, dir)).toBe('node_modules/one is 0.9.0 instead of 1.0.0');
});

test('every pin has its hash, and Node is the one of package.json', () => {
  for (const wheel of [openClip, ...tensorflow.cpu.wheels, ...tensorflow.cuda.wheels]) {
    expect(wheel.sha256).toMatch(/^[0-9a-f]{64}$/);
  }
  for (const pin of [node, electronFallback, ...demoPictures]) expect(pin.integrity).toMatch(/^sha512-.{86}==$/);
  const about = JSON.parse(readFileSync('package.json', 'utf8')) as { devDependencies: Record<string, string> };
  expect(about.devDependencies['node']).toBe(node.version);
});
