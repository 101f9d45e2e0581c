/** @file vitest run test/engine/distill/alarms: what is told, when, and once. */

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  AlarmWatch,
  alarmKinds,
  alarmMetric,
  alarmOf,
  alarmText,
  type Alarm,
  type Observed,
} from '../../../src/main/engine/distill/alarms.ts';

const options = { batch: 64, base: true, instance: true, reduction: 'mean' } as const;
const healthy: Observed = { metrics: { 'loss/base': 1, gradNorm: 2 }, spread: 0.9, waiting: 0.1 };

function watch(observed: (step: number) => Observed, steps: number, given = options, before: Alarm['kind'][] = []) {
  const alarms = new AlarmWatch(given, 10, before);
  return Array.from({ length: steps }, (_, index) => alarms.observe(index + 1, observed(index + 1))).flat();
}

describe('alarms', () => {
  test('are silent on a healthy run', () => {
    expect(watch(() => healthy, 500)).toEqual([]);
  });

  test.each([
    ['loss/base', NaN],
    ['gradNorm', Infinity],
  ])('%s of %d is told at its step, once', (name, value) => {
    const alarms = watch(
      (step) => (step < 7 ? healthy : { ...healthy, metrics: { ...healthy.metrics, [name]: value } }),
      20,
    );
    expect(alarms).toEqual([{ kind: 'not-finite', step: 7, value: 0 }]);
  });

  test('collapse needs ten steps near one point', () => {
    const narrow = { ...healthy, spread: 5e-5 };
    expect(watch((step) => (step % 10 === 0 ? healthy : narrow), 100)).toEqual([]);
    const [alarm] = watch(() => narrow, 100);
    expect(alarm).toMatchObject({ kind: 'collapse', step: 10 });
    expect(alarm!.value).toBeCloseTo(5e-5, 10);
  });

  test('the loss of chance is ln(batch); told after warm-up and a hundred steps', () => {
    const guessing = (loss: number): Observed => ({ ...healthy, metrics: { 'loss/base': loss } });
    const [alarm] = watch(() => guessing(Math.log(64)), 200);
    expect(alarm).toMatchObject({ kind: 'chance', step: 111 });
    expect(alarm!.value).toBeCloseTo(1, 10);
    expect(watch(() => guessing(0.97 * Math.log(64)), 200)).toEqual([]);
    // one good batch among bad ones does not hide it, one bad one among good ones is nothing
    expect(watch((step) => guessing(step % 50 === 0 ? 3 : 4.3), 200)).toHaveLength(1);
    expect(watch((step) => guessing(step % 50 === 0 ? 9 : 3.5), 200)).toEqual([]);
  });

  test('a summed loss is divided by the batch; without the base loss the instance loss counts', () => {
    const summed = { ...options, reduction: 'sum' } as const;
    const loss = (name: string, value: number) => (): Observed => ({ ...healthy, metrics: { [name]: value } });
    expect(watch(loss('loss/base', 64 * Math.log(64)), 200, summed as unknown as typeof options)).toHaveLength(1);
    const noBase = { ...options, base: false } as unknown as typeof options;
    expect(watch(loss('loss/instance', Math.log(64)), 200, noBase)).toHaveLength(1);
    const neither = { ...noBase, instance: false } as unknown as typeof options;
    expect(watch(loss('loss/cluster', 9), 200, neither)).toEqual([]);
  });

  test('starved: more than half of the time without pictures, the first steps left out', () => {
    const [alarm] = watch(() => ({ ...healthy, waiting: 0.75 }), 100);
    expect(alarm).toEqual({ kind: 'starved', step: 25, value: 0.75 });
    expect(watch((step) => ({ ...healthy, waiting: step <= 5 ? 1 : 0.4 }), 100)).toEqual([]);
  });

  test('a continued run does not tell again', () => {
    expect(watch(() => ({ ...healthy, waiting: 1 }), 100, options, ['starved'])).toEqual([]);
  });

  test('each kind comes at most once, whatever happens', () => {
    const value = fc.double({ min: 0, max: 10 });
    fc.assert(
      fc.property(fc.array(fc.tuple(value, value, value), { maxLength: 300 }), (steps) => {
        const kinds = watch((step) => {
          const [loss, spread, waiting] = steps[step - 1]!;
          return { metrics: { 'loss/base': loss }, spread: spread / 1e5, waiting: waiting / 10 };
        }, steps.length).map(({ kind }) => kind);
        expect(new Set(kinds).size).toBe(kinds.length);
      }),
      { numRuns: 30 },
    );
  });

  test('go through the table of metrics, and say what to do', () => {
    for (const kind of alarmKinds) {
      const alarm = { kind, step: 12, value: 0.5 };
      expect(alarmOf({ name: alarmMetric(kind), step: 12, value: 0.5 })).toEqual(alarm);
      expect(alarmText(alarm)).toContain('12');
    }
    expect(alarmOf({ name: 'loss/base', step: 1, value: 1 })).toBeUndefined();
  });
});
