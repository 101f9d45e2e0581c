/** @file Units over worker processes. Run: npx vitest run test/engine/devices/pool.test.ts */

import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { environmentOf, parseDevices } from '../../../src/main/engine/devices/names.ts';
import { runOnDevices } from '../../../src/main/engine/devices/pool.ts';
import { silentContext } from '../../../src/main/engine/progress.ts';
import { temporaryFolder } from '../support/vectors.ts';

const units = Array.from({ length: 12 }, (_, i) => i);

/** Does the units in a new folder and tells what came of it. */
async function attempt(devices: string[], misbehaviour: object = {}, stopAfter = Infinity) {
  const dir = temporaryFolder();
  const stop = new AbortController();
  const seen = { done: [] as number[], progress: 0, said: [] as string[] };
  const context = { ...silentContext(stop.signal), log: (line: string) => void seen.said.push(line) };
  await runOnDevices(
    {
      devices,
      worker: new URL('./squareWorker.ts', import.meta.url),
      setup: { dir, ...misbehaviour },
      units,
      onProgress: (amount) => (seen.progress += amount),
      onDone: (unit) => {
        if (seen.done.push(unit) === stopAfter) stop.abort();
        return Promise.resolve();
      },
    },
    context,
  );
  const written = units.map((unit) => {
    const text = readFileSync(path.join(dir, `${unit}.json`), 'utf8');
    return JSON.parse(text) as { square: number; by: string };
  });
  return { ...seen, written };
}

const squares = units.map((unit) => unit * unit);

describe('a pool', () => {
  it.each([1, 2, 3])('does every unit once with %i workers', async (workers) => {
    const { done, progress, written } = await attempt(Array.from({ length: workers }, () => 'cpu'));
    expect(done.toSorted((a, b) => a - b)).toEqual(units);
    expect(progress).toBe(2 * units.length);
    expect(written.map(({ square }) => square)).toEqual(squares);
  });

  it('gives each worker its own device', async () => {
    const { written } = await attempt(['gpu:0', 'gpu:3'], { together: 2 });
    expect(new Set(written.map(({ by }) => by))).toEqual(new Set(['0', '3']));
  });

  it('does nothing with nothing to do', async () => {
    await runOnDevices(
      {
        ...{ devices: ['cpu'], worker: new URL('./squareWorker.ts', import.meta.url), setup: { dir: '' }, units: [] },
        ...{ onProgress: () => undefined, onDone: () => Promise.resolve() },
      },
      silentContext(),
    );
  });

  it('gives the unit of a killed worker to another', async () => {
    const { done, progress, written, said } = await attempt(['cpu', 'cpu'], { killedBy: 5 });
    expect(done.toSorted((a, b) => a - b)).toEqual(units);
    expect(progress).toBe(2 * units.length);
    expect(written.map(({ square }) => square)).toEqual(squares);
    expect(said).toEqual(['The worker on cpu ended (SIGKILL); 1 go on with its work.']);
  });

  it('ends when no worker is left', async () => {
    await expect(attempt(['cpu', 'cpu'], { killedBy: 5, deadly: true })).rejects.toThrow(
      /last worker ended \(cpu: SIGKILL\).*run the same command/,
    );
  });

  it('ends with the reason of a unit that fails', async () => {
    await expect(attempt(['cpu', 'cpu'], { failsAt: 3 })).rejects.toThrow('unit 3 cannot be done');
  });

  it('stops when the user does', async () => {
    await expect(attempt(['cpu', 'cpu'], {}, 3)).rejects.toMatchObject({ name: 'CancelledError' });
  });
});

describe('names of devices', () => {
  it('are one or several', () => {
    expect(parseDevices('auto')).toEqual(['auto']);
    expect(parseDevices('gpu')).toEqual(['gpu']);
    expect(parseDevices('gpu:0,1')).toEqual(['gpu:0', 'gpu:1']);
    expect(parseDevices('cpu,cpu')).toEqual(['cpu', 'cpu']);
    expect(parseDevices('gpu:2,gpu:0,cpu')).toEqual(['gpu:2', 'gpu:0', 'cpu']);
  });

  it.each(['', 'tpu', 'gpu:', 'auto,cpu', '0,1', 'gpu,1', 'gpu:1,1', 'gpu:0,-1', 'cpu,'])('"%s" is refused', (text) => {
    expect(() => parseDevices(text)).toThrow(/device|twice/);
  });

  it('hide the others from TensorFlow', () => {
    expect(environmentOf('auto')).toEqual({});
    expect(environmentOf('cpu')['CUDA_VISIBLE_DEVICES']).toBe('-1');
    expect(environmentOf('gpu')['CUDA_VISIBLE_DEVICES']).toBe('0');
    expect(environmentOf('gpu:3')['CUDA_VISIBLE_DEVICES']).toBe('3');
  });
});
