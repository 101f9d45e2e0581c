/** @file Run: vitest run test/engine/jsonElements.test.ts */

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import fc from 'fast-check';
import { afterAll, expect, test } from 'vitest';
import { DistilleryError } from '../../src/main/engine/errors.ts';
import { jsonElements, type JsonElement } from '../../src/main/engine/jsonElements.ts';

const dir = mkdtempSync(path.join(tmpdir(), 'distillery-'));
const file = path.join(dir, 'file.json');
afterAll(() => {
  rmSync(dir, { recursive: true });
});

async function read(text: string, keys = ['a', 'b']): Promise<JsonElement[]> {
  writeFileSync(file, text);
  return (await Array.fromAsync(jsonElements(file, keys))).flat();
}

test('objects of the named arrays alone, whatever else there is', async () => {
  const text = `\ufeff { "x": [{"a": [{"no": 1}]}], "a": [ {"id": 1, "t": "} ] \\" \\\\"}, 5, "s", [{"no": 2}], {} ],
    "b\\"": 3, "c": {"a": [{"no": 3}]}, "b":[{"u":{"v":[{}]}}], "a" : null }`;
  expect(await read(text)).toEqual([
    { key: 'a', value: { id: 1, t: '} ] " \\' } },
    { key: 'a', value: {} },
    { key: 'b', value: { u: { v: [{}] } } },
  ]);
});

test('the same as JSON.parse for any object', async () => {
  const elements = fc.array(fc.dictionary(fc.string(), fc.jsonValue()));
  const object = fc.record(
    { first: fc.jsonValue(), a: elements, mid: fc.jsonValue(), b: elements },
    { requiredKeys: [] },
  );
  await fc.assert(
    fc.asyncProperty(object, fc.constantFrom(undefined, 1), async (value, indent) => {
      const expected = (['a', 'b'] as const).flatMap((key) => (value[key] ?? []).map((one) => ({ key, value: one })));
      const found = await read(JSON.stringify(value, null, indent));
      const plain = (all: JsonElement[]) => JSON.stringify(all.sort((x, y) => x.key.localeCompare(y.key)));
      expect(plain(found)).toEqual(plain(JSON.parse(JSON.stringify(expected)) as JsonElement[]));
    }),
    { numRuns: 100 },
  );
});

test('elements and keys that lie over the borders of what is read at once', async () => {
  const words = Array.from({ length: 3 }, (_, i) => ({ text: 'ü'.repeat(700_000 + i) }));
  expect(await read(JSON.stringify({ skip: 'x'.repeat((1 << 20) - 13), a: words }))).toEqual(
    words.map((value) => ({ key: 'a', value })),
  );
});

test.each([
  ['{"a": [{"x": 1}, {"y"', /ends before its last bracket/],
  ['{"a": [{"x": 1,}]}', /byte 15: /],
  ['{"a": []}}', /byte 9: one object in braces/],
  ['[{}]', /byte 0: one object in braces/],
])('what is no JSON is refused with its place: %s', async (text, message) => {
  const failure = read(text);
  await expect(failure).rejects.toThrow(message);
  await expect(failure).rejects.toBeInstanceOf(DistilleryError);
});
