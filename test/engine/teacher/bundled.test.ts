/** @file The teacher in the box as a whole. Run: vitest run test/engine/teacher/bundled */

import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { createEncoder } from '../../../src/main/engine/clip/encoder.ts';
import { loadPixels } from '../../../src/main/engine/clip/preprocess.ts';
import { towersOf } from '../../../src/main/engine/clip/towers.ts';
import { UsageError } from '../../../src/main/engine/errors.ts';
import { principalWidth } from '../../../src/main/engine/teacher/bundled.ts';
import { loadTeacher } from '../../../src/main/engine/teacher/load.ts';
import { cosine, norm, rowsOf } from '../clip/fixture.ts';

afterEach(() => {
  vi.unstubAllEnvs();
});

/** 64 x 64 of one colour over another, as SVG. */
const drawing = (inside: string): Buffer =>
  Buffer.from(
    `<svg xmlns="http://www.w3.org/2000/svg" width="256" height="256"><rect width="256" height="256" fill="#fff"/>${inside}</svg>`,
  );

describe('the bundled teacher', () => {
  it('embeds pictures and captions into one space, of unit length, the same each time', async () => {
    const model = await loadTeacher('bundled');
    const encoder = createEncoder(model, { precision: 'fp32', batch: 4 });
    try {
      const { default: sharp } = await import('sharp');
      const pictures = await Promise.all(
        [
          '<circle cx="128" cy="128" r="90" fill="red"/>',
          '<circle cx="124" cy="130" r="88" fill="#e11"/>',
          '<path d="M0 0h256v40h-256zM0 90h256v40h-256z"/>',
        ].map(async (inside) => loadPixels(await sharp(drawing(inside)).png().toBuffer(), model.config)),
      );
      const pixels = Buffer.concat(pictures);
      const [dot, similar, stripes] = rowsOf(encoder.encodeImages(pixels), encoder.dim) as [
        Float32Array,
        Float32Array,
        Float32Array,
      ];
      expect([dot, similar, stripes].map((row) => norm(row))).toEqual(
        [1, 1, 1].map((one) => expect.closeTo(one, 5) as number),
      );
      expect(cosine(dot, similar)).toBeGreaterThan(0.9);
      expect(cosine(dot, stripes)).toBeLessThan(0.7);
      expect(rowsOf(encoder.encodeImages(pixels), encoder.dim)[0]).toEqual(dot);

      const tokenizer = await towersOf(model).loadTokenizer();
      const captions = ['a photo of a red apple', 'an apple', 'the stock market fell'];
      const tokens = tokenizer.encode(captions, model.config.text.contextLength);
      const [red, apple, market] = rowsOf(encoder.encodeTexts(tokens), encoder.dim) as [
        Float32Array,
        Float32Array,
        Float32Array,
      ];
      expect(norm(red)).toBeCloseTo(1, 5);
      expect(red.subarray(0, principalWidth).every((value) => value === 0)).toBe(true);
      expect(cosine(red, apple)).toBeGreaterThan(cosine(red, market) + 0.2);
    } finally {
      encoder.dispose();
    }
  });

  it('says what to do when the set-up did not fetch its parts', async () => {
    vi.stubEnv('DISTILLERY_CACHE', mkdtempSync(path.join(tmpdir(), 'distillery-cache-')));
    await expect(loadTeacher('bundled')).rejects.toThrow(UsageError);
    await expect(loadTeacher('bundled')).rejects.toThrow(
      /parts are not in .*teacher-parts-1\. Fetch them with: npm run setup/,
    );
  });

  it('any other name is a model on disk', async () => {
    await expect(loadTeacher('./bundled')).rejects.toThrow(/There is no model at \.\/bundled/);
  });
});
