/** @file The sum at the end of npm test. */

import { expect, test, vi } from 'vitest';
import { Tally } from '../../../scripts/lib/testRuns.mjs';

test('tests, checks and files that broke before their first test are summed', () => {
  const log = vi.spyOn(console, 'log').mockReturnValue(undefined);
  const tally = new Tally();
  tally.count('lint', true);
  tally.count('format', false);
  tally.addVitest({
    numPassedTests: 3,
    numFailedTests: 1,
    numPendingTests: 0,
    numTodoTests: 0,
    testResults: [
      { name: 'a', status: 'failed', message: '', assertionResults: [{ status: 'failed' }, { status: 'passed' }] },
      { name: 'b', status: 'failed', message: 'cannot be imported', assertionResults: [] },
      { name: 'c', status: 'passed', message: '', assertionResults: [{ status: 'passed' }, { status: 'passed' }] },
    ],
  });
  expect(tally.line()).toBe('4 passed, 3 failed');
  expect(log).toHaveBeenLastCalledWith('FAILED b: cannot be imported');
  tally.skipped++;
  expect(tally.line()).toBe('4 passed, 3 failed, 1 skipped');
});
