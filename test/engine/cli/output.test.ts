/** @file What names from outside may do to a terminal: nothing. Run: vitest run test/engine/cli/output */

import { expect, test, vi } from 'vitest';
import { humanOutput, jsonOutput } from '../../../src/main/engine/cli/output.ts';

/** What is written to a stream meanwhile. */
function written(stream: NodeJS.WriteStream, work: () => void): string {
  let text = '';
  const spy = vi.spyOn(stream, 'write').mockImplementation((chunk) => {
    text += String(chunk);
    return true;
  });
  try {
    work();
  } finally {
    spy.mockRestore();
  }
  return text;
}

const hostile = 'a\x1b[2Jb\x07c\u202Ed\u009b31m.jpg';
const shown = 'a?[2Jb?c?d?31m.jpg';

test('lines for people have no control characters but line breaks', () => {
  const output = humanOutput();
  const log = (): void => {
    output.log(`skipped ${hostile}`);
  };
  expect(written(process.stderr, log)).toBe(`skipped ${shown}\n`);
  const error = (): void => {
    output.error(`${hostile}\r\nNext line.`);
  };
  expect(written(process.stderr, error)).toBe(`error: ${shown}\nNext line.\n`);
  const result = (): void => {
    output.result({}, ['one', hostile]);
  };
  expect(written(process.stdout, result)).toBe(`one\n${shown}\n`);
});

test('programs get them as they are', () => {
  const log = (): void => {
    jsonOutput().log(hostile);
  };
  expect(JSON.parse(written(process.stderr, log))).toEqual({ log: hostile });
});
