/** @file bin/distillery.mjs started by another Node than ours: as if there were no launcher in between. */

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { copyFile, cp, link, mkdir, symlink, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { expect, test } from 'vitest';
import { temporaryFolder } from './temporary.ts';

const commandLine = `
process.on('SIGINT', () => { console.log('interrupted'); setTimeout(() => process.exit(130), 200); });
console.log('pid ' + process.pid + ' ' + process.argv.slice(2).join(' '));
if (process.argv[2] === 'fail') process.exit(3);
setTimeout(() => process.exit(0), 30_000);
`;

/** A project with our launcher and another command line, and a Node that is not its own. */
async function project(): Promise<{ dir: string; otherNode: string }> {
  const dir = temporaryFolder();
  for (const part of ['bin', 'scripts/lib']) await cp(part, path.join(dir, part), { recursive: true });
  await mkdir(path.join(dir, 'src/main/engine'), { recursive: true });
  await writeFile(path.join(dir, 'package.json'), '{ "type": "module" }');
  await writeFile(path.join(dir, 'src/main/engine/cli.ts'), commandLine);
  await mkdir(path.join(dir, 'node_modules/node/bin'), { recursive: true });
  await symlink(process.execPath, path.join(dir, 'node_modules/node/bin/node'));
  const otherNode = path.join(dir, 'other-node');
  await link(process.execPath, otherNode).catch(() => copyFile(process.execPath, otherNode));
  return { dir, otherNode };
}

interface Started {
  child: ChildProcess;
  /** Of the process behind the launcher. */
  pid: number;
  output: () => string;
}

async function start(args: string[]): Promise<Started> {
  const { dir, otherNode } = await project();
  const child = spawn(otherNode, [path.join(dir, 'bin/distillery.mjs'), ...args], {
    stdio: ['ignore', 'pipe', 'inherit'],
    detached: true,
  });
  let output = '';
  child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()));
  await once(child.stdout, 'data');
  return { child, pid: Number(/pid (\d+)/.exec(output)![1]), output: () => output };
}

test('arguments go in and the exit code comes out', async () => {
  const { child, pid, output } = await start(['fail', 'a b']);
  expect(pid).not.toBe(child.pid);
  expect(output()).toContain('fail a b');
  expect(await once(child, 'close')).toEqual([3, null]);
});

test.each([
  ['sent to the launcher', (pid: number) => process.kill(pid, 'SIGINT')],
  ['of the terminal, to the whole group', (pid: number) => process.kill(-pid, 'SIGINT')],
])('a signal %s arrives once', async (_, send) => {
  const { child, output } = await start(['wait']);
  send(child.pid!);
  expect(await once(child, 'close')).toEqual([130, null]);
  expect(output().match(/interrupted/g)).toHaveLength(1);
});

test('a killed launcher leaves nothing running', { timeout: 15_000 }, async () => {
  const { child } = await start(['wait']);
  // our end of its output closes when the last process that holds it has gone
  const closed = once(child, 'close');
  child.kill('SIGKILL');
  await closed;
});

test('without the set-up it says what to do', async () => {
  const dir = temporaryFolder();
  for (const part of ['bin', 'scripts/lib']) await cp(part, path.join(dir, part), { recursive: true });
  const child = spawn(process.execPath, [path.join(dir, 'bin/distillery.mjs')], {
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  const [message] = (await once(child.stderr, 'data')) as [Buffer];
  expect(message.toString()).toContain('npm run setup');
  expect(await once(child, 'close')).toEqual([1, null]);
});
