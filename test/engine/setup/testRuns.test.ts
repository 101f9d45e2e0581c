/** @file The sum at the end of npm test. */

import { expect, test, vi } from 'vitest';
import { Tally } from '../../../scripts/lib/testRuns.mjs';

const passed = { status: 'passed', fullName: 'is right', failureMessages: [] };
const failed = { status: 'failed', fullName: 'is wrong', failureMessages: ['Error: 2 is not 3\n    at line 1'] };
const skipped = { status: 'pending', fullName: 'needs a GPU', failureMessages: [] };
const file = (name: string, ...assertionResults: object[]) => ({
  ...{ name, message: '', assertionResults },
  status: assertionResults.includes(failed) ? 'failed' : 'passed',
});
const broken = { name: '/b', status: 'failed', message: 'cannot be imported\nat all', assertionResults: [] };

test('tests, checks and files that broke before their first test are summed, failures named at the end', () => {
  const log = vi.spyOn(console, 'log').mockReturnValue(undefined);
  const tally = new Tally();
  tally.count('lint', true);
  tally.count('format', false);
  expect(log).toHaveBeenLastCalledWith('FAILED format');
  tally.addFiles([file('/a', failed, passed), broken, file('/c', passed, passed)]);
  expect(tally.line()).toBe('4 passed, 3 failed');
  tally.addFiles([file('/d', skipped)]);
  const lines = tally.summary().split('\n');
  expect(lines[0]).toBe('FAILED format');
  expect(lines[1]).toMatch(/^FAILED .*a > is wrong: Error: 2 is not 3$/);
  expect(lines[2]).toMatch(/^FAILED .*b: cannot be imported$/);
  expect(lines.at(-1)).toBe('4 passed, 3 failed, 1 skipped');
});

test('of files that ran twice the second run counts, and what failed in the first is told', () => {
  const tally = new Tally();
  tally.addFiles(
    [file('/a', passed, failed), file('/b', failed), file('/c', failed)],
    [file('/a', passed, passed), file('/b', failed)],
  );
  const lines = tally.summary().split('\n');
  expect(lines[0]).toMatch(/^UNSTEADY, passed the second time: .*a > is wrong: Error: 2 is not 3$/);
  expect(lines[1]).toMatch(/^FAILED .*b > is wrong/);
  // a second run that broke off says nothing of a file
  expect(lines[2]).toMatch(/^FAILED .*c > is wrong/);
  expect(lines.at(-1)).toBe('2 passed, 2 failed');
});
