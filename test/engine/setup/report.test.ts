/** @file Steps of the set-up side by side: what fails is told once, at the end, and stops only what needs it. */

import { expect, test, vi } from 'vitest';
import { Report } from '../../../scripts/lib/report.mjs';

test('a failure leaves out what comes after it and nothing else', async () => {
  const log = vi.spyOn(console, 'log').mockReturnValue(undefined);
  const ran: string[] = [];
  const work = (name: string) => () => {
    ran.push(name);
    return name === 'broken'
      ? Promise.reject(new Error('no network\nTry again.'))
      : Promise.resolve({ note: name, changed: true });
  };
  const report = new Report();
  const first = report.step('first', work('first'));
  const broken = report.step('broken', work('broken'), [first]);
  const behind = report.step('behind', work('behind'), [broken]);
  void report.step('far behind', work('far behind'), [behind]);
  void report.step('aside', work('aside'), [first]);
  await expect(report.finish()).rejects.toThrow(/^The set-up did not finish\.\nbroken: no network\nTry again\.$/);
  expect(ran.sort()).toEqual(['aside', 'broken', 'first']);
  expect(log.mock.calls.flat().filter((line) => String(line).includes('failed'))).toHaveLength(1);
});

test('a full disk is called by its name', async () => {
  vi.spyOn(console, 'log').mockReturnValue(undefined);
  const report = new Report();
  void report.step('large', () => Promise.reject(Object.assign(new Error('write'), { code: 'ENOSPC' })));
  await expect(report.finish()).rejects.toThrow('The disk is full (write).\nFree some space');
});
