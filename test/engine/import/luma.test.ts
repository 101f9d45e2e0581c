/** @file The way of the usual JPEG beside sharp's. Run: vitest run test/engine/import/luma */

import { readFileSync } from 'node:fs';
import path from 'node:path';
import sharp from 'sharp';
import { expect, test } from 'vitest';
import { createInspectPool } from '../../../src/main/engine/import/inspectPool.ts';
import { inspectContent, type Inspection } from '../../../src/main/engine/import/inspect.ts';
import { readJpegHead } from '../../../src/main/engine/import/jpegHead.ts';
import { decodeLuma } from '../../../src/main/engine/import/luma.ts';
import { measure, measuredSide } from '../../../src/main/engine/quality/measure.ts';
import { syntheticPhotograph } from '../../../bench/lib/pictures.ts';
import { jpeg, makePlace, picture, writeFiles } from './support.ts';

const fixture = (name: string): Buffer => readFileSync(path.join(import.meta.dirname, '../../fixtures/pictures', name));

test.each([
  ['444.jpg', 3, false],
  ['progressive.jpg', 3, true],
  ['turned.jpg', 3, false],
])('the head of %s is what sharp says', async (name, channels, isProgressive) => {
  const { width, height } = await sharp(fixture(name)).metadata();
  expect(readJpegHead(fixture(name))).toEqual({ width, height, channels, isProgressive });
});

test.each(['cmykAdobe.jpg', 'ycck.jpg', 'animated.gif'])('%s is left to sharp', (name) => {
  expect(readJpegHead(fixture(name))).toBeUndefined();
});

test('a head that is cut anywhere is none', () => {
  const whole = fixture('444.jpg');
  const end = whole.indexOf(Buffer.of(0xff, 0xda));
  for (let length = 0; length < end; length++) {
    const head = readJpegHead(whole.subarray(0, length));
    if (head) expect(head).toEqual(readJpegHead(whole));
  }
  expect(readJpegHead(Buffer.alloc(100, 0xff))).toBeUndefined();
});

test('a JPEG that is cut off, damaged or large is left to sharp', async () => {
  const whole = await picture(3, 300, 200).jpeg().toBuffer();
  expect(decodeLuma(whole)).toMatchObject({ width: 300, height: 200 });
  for (const part of [0.3, 0.6, 0.95]) expect(decodeLuma(whole.subarray(0, whole.length * part))).toBeUndefined();
  expect(decodeLuma(Buffer.concat([whole.subarray(0, 2000), Buffer.alloc(500, 0x55)]))).toBeUndefined();
  const large = sharp({ create: { width: 1200, height: 900, channels: 3, background: 'red' } });
  expect(decodeLuma(await large.jpeg().toBuffer())).toBeUndefined();
});

test('it measures what sharp measures: bright and flat as far as a byte tells, sharp within a fifth of grain', async () => {
  for (const seed of [1, 2, 3]) {
    const content = await syntheticPhotograph(seed);
    const { data, info } = await sharp(content)
      .resize(measuredSide, measuredSide, { fit: 'inside' })
      .raw()
      .toBuffer({ resolveWithObject: true });
    const before = measure({ data, ...info });
    const { measures } = await inspectContent(content);
    expect(decodeLuma(content)).toBeDefined();
    expect(measures!.brightness).toBeCloseTo(before.brightness, 2);
    expect(measures!.contrast).toBeCloseTo(before.contrast, 2);
    expect(Math.abs(measures!.sharpness / before.sharpness - 1)).toBeLessThan(0.2);
  }
});

/** Without the detail: libvips has one place for its message, whichever thread asks. */
const kindOf = (seen: Inspection): Inspection => ({ ...seen, reason: seen.reason?.split(':')[0] ?? null });

test('threads find what is found without them, also of bad files', async () => {
  const { dir } = makePlace();
  const good = await jpeg();
  writeFiles(dir, {
    'a.jpg': good,
    'b.png': await picture(2).png().toBuffer(),
    'c.jpg': good.subarray(0, 300),
    'd.jpg': '',
  });
  const items = ['a.jpg', 'b.png', 'c.jpg', 'd.jpg', 'e.jpg'].map((name) => ({ file: path.join(dir, name) }));
  const [here, threads] = [createInspectPool(1), createInspectPool(null)];
  try {
    const found = await Promise.all(items.map(async (item) => kindOf(await threads.inspect(item))));
    expect(found).toEqual(await Promise.all(items.map(async (item) => kindOf(await here.inspect(item)))));
    expect(found.map(({ reason }) => reason)).toEqual([
      ...[null, null, 'damaged picture', 'empty file', 'file not found'],
    ]);
  } finally {
    await threads.close();
  }
  await expect(threads.inspect(items[0]!)).rejects.toThrow(/thread/);
});
