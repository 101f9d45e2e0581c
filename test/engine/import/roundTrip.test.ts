/** @file What `export manifest` writes is imported again as it was. Run: vitest run test/engine/import/roundTrip.test.ts */

import { writeFileSync } from 'node:fs';
import path from 'node:path';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { exportManifest } from '../../../src/main/engine/export/manifest.ts';
import { silentContext } from '../../../src/main/engine/progress.ts';
import { importInto, jpeg, makePlace, rowsOf, writeFiles, type Place } from './support.ts';

const hard = [
  'plain',
  '',
  'NA',
  'null',
  '1e5',
  '007',
  '=1+1',
  'a "quoted" word, and ; | more',
  '"',
  'two\nlines\r\nand\rmore',
  'tab\tinside',
  'back\\slash \\N',
  'größer 🐈 中文 \u200b\u2028',
  '\ufeffmark',
  'x'.repeat(10_000),
];

async function placeWith(captions: readonly string[]): Promise<Place> {
  const place = makePlace();
  writeFiles(place.dir, { 'odd, "name";\t1.jpg': await jpeg(1), 'b.jpg': await jpeg(2) });
  const rows = captions.map((caption, i) => ({ path: i % 2 ? 'b.jpg' : 'odd, "name";\t1.jpg', caption }));
  writeFileSync(path.join(place.dir, 'first.jsonl'), rows.map((row) => JSON.stringify(row)).join('\n'));
  await importInto(place, 'first.jsonl');
  return place;
}

const content = (place: Place) =>
  rowsOf(place).map(({ file, caption, reason }) => ({ file: path.basename(file ?? ''), caption, reason }));

async function again(place: Place, ending: string): Promise<Place> {
  const copy = makePlace();
  const out = path.join(copy.dir, `out${ending}`);
  await exportManifest({ workspace: place.workspace, dataset: 'set' }, { out }, silentContext());
  await importInto(copy, `out${ending}`);
  return copy;
}

const endings = ['.csv', '.tsv', '.jsonl', '.parquet'];

test.each(endings)('captions that are hard to write: %s', async (ending) => {
  const place = await placeWith(hard);
  expect(content(place)).toHaveLength(hard.length);
  const copy = await again(place, ending);
  expect(content(copy)).toEqual(content(place));
  expect(content(await again(copy, ending))).toEqual(content(place));
});

test('any captions, in every format', async () => {
  const caption = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.string({ unit: fc.constantFrom(...Array.from('"\',;|\t\r\n\\a ')) }),
  );
  await fc.assert(
    fc.asyncProperty(
      fc.array(caption, { minLength: 1, maxLength: 12 }),
      fc.constantFrom(...endings),
      async (captions, ending) => {
        const place = await placeWith(captions);
        expect(content(await again(place, ending))).toEqual(content(place));
      },
    ),
    { numRuns: 12 },
  );
});
