/** @file Killed or cancelled training continues to the same curve. Run: npm test -- test/engine/cli/resume.test.ts */

import { readFileSync } from 'node:fs';
import path from 'node:path';
import { parse as parseCsv } from 'csv-parse/sync';
import { beforeAll, expect, test } from 'vitest';
import { temporaryFolderOfFile } from './temporary.ts';
import { distillery, result, writePictures, type Finished } from './support.ts';

const dir = temporaryFolderOfFile();
const steps = 24;
const train = [
  ...['distill', '--dataset', 'shapes', '--student', 'micro-32-small', '--no-cluster', '--no-instance'],
  ...['--batch', '8', '--epochs', '99', '--max-steps', String(steps), '--checkpoint-every', '5', '--seed', '3'],
];
let undisturbed: number[][];

beforeAll(async () => {
  const table = await writePictures(path.join(dir, 'pictures'), 24);
  for (const name of ['undisturbed', 'killed', 'cancelled']) {
    await result(path.join(dir, name), ['import', table, '--dataset', 'shapes']);
  }
  await result(path.join(dir, 'undisturbed'), train);
  undisturbed = await curves('undisturbed');
});

/** Step, loss and gradient norm of every step. */
async function curves(name: string): Promise<number[][]> {
  const out = path.join(dir, `${name}.csv`);
  await result(path.join(dir, name), ['export', 'metrics', '--out', out]);
  const rows = parseCsv<{ step: string; name: string; value: string }>(readFileSync(out), { columns: true });
  const value = (step: number, metric: string): number =>
    Number(rows.find((row) => row.step === String(step) && row.name === metric)?.value);
  return Array.from({ length: steps }, (_, i) => [i + 1, value(i + 1, 'loss/overall'), value(i + 1, 'gradNorm')]);
}

/** Sends a signal once step `at` is reported. */
function interrupted(name: string, signal: NodeJS.Signals, at: number): Promise<Finished> {
  return distillery(path.join(dir, name), train, (event, child) => {
    if (event['stage'] === 'distill' && (event['done'] as number) >= at) child.kill(signal);
  });
}

function expectSameCurves(actual: number[][]): void {
  for (const [index, [step, loss, norm]] of undisturbed.entries()) {
    expect(actual[index]![0]).toBe(step);
    expect(actual[index]![1], `loss of step ${step!}`).toBeCloseTo(loss!, 4);
    expect(actual[index]![2]! / norm!, `gradient of step ${step!}`).toBeCloseTo(1, 2);
  }
}

test('after kill -9 the same command goes on from its checkpoint', async () => {
  expect((await interrupted('killed', 'SIGKILL', 8)).signal).toBe('SIGKILL');
  const finished = await distillery(path.join(dir, 'killed'), train);
  expect(finished.code).toBe(0);
  expect(finished.events.find(({ log }) => log !== undefined)?.['log']).toMatch(
    /Continuing run .* after step \d+ of 24/,
  );
  expect(JSON.parse(finished.stdout)).toMatchObject({ steps });
  expectSameCurves(await curves('killed'));
});

test('Ctrl-C saves what is done, ends with 130 and goes on', async () => {
  const stopped = await interrupted('cancelled', 'SIGINT', 7);
  expect(stopped.code).toBe(130);
  const finished = await distillery(path.join(dir, 'cancelled'), train);
  expect(finished.code).toBe(0);
  const said = String(finished.events.find(({ log }) => log !== undefined)?.['log']);
  expect(Number(/after step (\d+)/.exec(said)?.[1])).toBeGreaterThanOrEqual(7);
  expectSameCurves(await curves('cancelled'));
});

test('a finished run is not continued: the command starts a new one', async () => {
  const again = await distillery(path.join(dir, 'undisturbed'), [...train, '--max-steps', '2']);
  expect(again.events.some(({ log }) => String(log).startsWith('Continuing'))).toBe(false);
});
