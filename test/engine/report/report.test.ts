/** @file vitest run test/engine/report/report.test.ts */

import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import fc from 'fast-check';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { clusterChart, curvePanel, logTicks, niceTicks } from '../../../src/main/engine/report/chart.ts';
import { escape, html } from '../../../src/main/engine/report/html.ts';
import { renderReport, writeReport } from '../../../src/main/engine/report/report.ts';
import { exampleInput } from './example.ts';

const hostile = `</title></style><script>alert('x')</script><img src=x onerror="alert(1)">&lt;"'`;

describe('markup', () => {
  test('values are escaped, markup and lists of it are not, nothing stands for nothing', () => {
    const items = ['a', '<b>'].map((item) => html`<li>${item}</li>`);
    const list = html`<ul class="${'"'}" data-none="${undefined}${false}">
      ${items}
    </ul>`;
    expect(list.text.replace(/\s*\n\s*/g, '')).toBe(
      '<ul class="&quot;" data-none=""><li>a</li><li>&lt;b&gt;</li></ul>',
    );
    expect(html`<i>${0}</i>`.text).toBe('<i>0</i>');
  });

  test('escaped text holds nothing that opens or closes markup, and reads back as it was', () => {
    const back: Record<string, string> = { '&amp;': '&', '&lt;': '<', '&gt;': '>', '&quot;': '"', '&#39;': "'" };
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom('<', '>', '&', '"', "'", 'a', ';', '#', '39', ' ') }), (text) => {
        expect(escape(text)).not.toMatch(/[<>"']/);
        expect(escape(text).replace(/&(amp|lt|gt|quot|#39);/g, (entity) => back[entity]!)).toBe(text);
      }),
    );
    expect(escape('a\u0000b\u001bc\nd')).toBe('a\uFFFDb\uFFFDc\nd');
  });
});

describe('page', () => {
  test('hostile text in every place stays text', () => {
    const input = exampleInput({
      title: hostile,
      dataset: hostile,
      source: hostile,
      machine: hostile,
      createdAt: hostile,
      versions: { [hostile]: hostile },
      config: { [hostile]: hostile },
      files: [{ what: hostile, path: hostile, use: hostile }],
    });
    input.counts.reasons[0]!.reason = hostile;
    input.balance!.teacher = hostile;
    Object.assign(input.balance!.groups[0]!.members[0]!, { name: hostile, caption: hostile, file: hostile });
    Object.assign(input.runs[0]!, { id: hostile, model: hostile });
    input.runs[0]!.curves[0]!.name = hostile;
    for (const evaluation of input.evaluations) {
      Object.assign(evaluation, { model: hostile, data: hostile });
      evaluation.measures[0]!.name = hostile;
    }
    for (const average of input.averages!) Object.assign(average, { suite: hostile, model: hostile });
    const { text } = renderReport(input, new Map());
    expect(text).not.toMatch(/<script|<img|onerror="/);
    expect(text.match(/<\/style>/g)).toHaveLength(1);
    expect(text.match(/<\/title>/g)!.length).toBe(text.match(/<title>/g)!.length);
    expect(text).toContain('&lt;script&gt;alert(&#39;x&#39;)&lt;/script&gt;');
  });

  test('tells what happened', () => {
    const { text } = renderReport(exampleInput(), new Map());
    const words = text
      .replace(/<style>[^]*<\/style>/, '')
      .replace(/<[^>]*>/g, ' ')
      .replace(/\s+/g, ' ');
    for (const part of [
      'Imported 12 1 skipped',
      'Kept 9 75.0% of what was imported',
      'Removed 3 in 2 groups',
      'Zero-shot top-1, student 50.0% teacher 75.0%, chance 25.0%',
      '4 pairs made 2 groups. Here are the 1 largest.',
      'a.jpg a mango 0.050 · kept',
      'The largest went from 7 to 5',
      'Overall loss 4.00 → 1.00',
      'Overall loss 4.00 1.00 1.00',
      'Student /out/student',
      'Zero-shot top-1 25.0% 75.0% 50.0% to 87.5% 50.0%',
      'student 40.0% 2 of 5, not comparable CLIP-CID (the paper) 49.8% all 5',
      'truncated JPEG 1',
      'blurred 2',
      '24 November 2026, 17:05 UTC · 7 min 11 s',
    ]) {
      expect(words).toContain(part);
    }
  });

  test('asks for nothing from elsewhere', () => {
    const { text } = renderReport(exampleInput(), new Map());
    expect(text).not.toMatch(/https?:|src="(?!data:)|url\(|@import|<link|<script/);
    expect(text).toContain(
      'default-src &#39;none&#39;; img-src data:; style-src &#39;unsafe-inline&#39;; base-uri &#39;none&#39;',
    );
  });

  test('an import without anything after it is a report too', () => {
    const input = exampleInput({ runs: [], evaluations: [], files: [] });
    delete input.balance;
    delete input.clusters;
    delete input.seconds;
    const { text } = renderReport(input, new Map());
    expect(text).toContain('not balanced');
    expect(text).not.toMatch(/Semantic duplicates|Training|Evaluation|undefined|NaN/);
  });
});

describe('pictures', () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'report-'));
  });
  afterAll(async () => {
    await rm(folder, { recursive: true });
  });

  test('are small and inside; one that cannot be read leaves an empty frame', async () => {
    const input = exampleInput();
    const [first, second, third] = input.balance!.groups[0]!.members;
    const good = path.join(folder, 'first.png');
    const broken = path.join(folder, 'broken.png');
    first!.picture = good;
    second!.picture = broken;
    third!.picture = path.join(folder, 'missing.png');
    await sharp({ create: { width: 900, height: 300, channels: 3, background: '#c2541b' } })
      .png()
      .toFile(good);
    await writeFile(broken, 'not a picture');
    const file = path.join(folder, 'report.html');
    await writeReport(input, file);
    const page = await readFile(file, 'utf8');
    const uris = [...page.matchAll(/src="data:image\/webp;base64,([^"]+)"/g)];
    expect(uris).toHaveLength(1);
    const { width, height } = await sharp(Buffer.from(uris[0]![1]!, 'base64')).metadata();
    expect([width, height]).toEqual([240, 240]);
    expect(page.match(/cannot be read/g)).toHaveLength(2);
  });

  test('a large group shows the keeper and counts the rest', () => {
    const input = exampleInput();
    const group = input.balance!.groups[0]!;
    const member = group.members[1]!;
    group.members = [group.members[0]!, ...Array.from({ length: 19 }, () => member)];
    group.size = 30;
    const { text } = renderReport(input, new Map());
    expect(text.match(/<figure/g)).toHaveLength(7);
    expect(text).toContain('23 more');
  });
});

describe('charts', () => {
  test('ticks are round and inside', () => {
    expect(niceTicks(0, 10)).toEqual([0, 2.5, 5, 7.5, 10]);
    expect(niceTicks(1.9, 4.3)).toEqual([2, 3, 4]);
    expect(niceTicks(3, 3)).toEqual([3]);
    expect(logTicks(2, 70)).toEqual([2, 5, 10, 20, 50]);
    expect(logTicks(1, 100_000)).toEqual([1, 10, 100, 1000, 10_000, 100_000]);
    fc.assert(
      fc.property(
        fc.double({ min: -1e6, max: 1e6, noNaN: true }),
        fc.double({ min: 1e-3, max: 1e6, noNaN: true }),
        (low, span) => {
          const ticks = niceTicks(low, low + span);
          expect(ticks.length).toBeLessThan(7);
          for (const tick of ticks) {
            expect(tick).toBeGreaterThanOrEqual(low - span * 1e-6);
            expect(tick).toBeLessThanOrEqual(low + span * (1 + 1e-6));
          }
        },
      ),
    );
  });

  test('draw numbers only, whatever the values', () => {
    const curves = [[], [NaN], [1], [2, 2, 2], [1, NaN, Infinity, 3], [0, 0], [1e-9, 1e9, -1e9]];
    for (const values of curves) {
      const { text } = curvePanel({ name: 'loss/base', steps: values.map((_, i) => i + 1), values }, 'Base');
      expect(text).not.toMatch(/NaN|Infinity|undefined/);
    }
    for (const [before, after] of [
      [[1], [0]],
      [[0], [0]],
      [
        [5, 0, 3],
        [1, 0, 3],
      ],
    ]) {
      expect(clusterChart({ before: before!, after: after! }).text).not.toMatch(/NaN|Infinity|undefined/);
    }
  });

  test('a curve of a million steps stays small', () => {
    const values = Array.from({ length: 1_000_000 }, (_, i) => 1 / (1 + i / 1e5));
    const { text } = curvePanel({ name: 'loss/base', steps: values.map((_, i) => i), values }, 'Base');
    expect(text.length).toBeLessThan(12_000);
  });

  test('many clusters are binned', () => {
    const sizes = Array.from({ length: 10_000 }, (_, i) => i + 1);
    expect(clusterChart({ before: sizes, after: sizes }).text.match(/<circle class="after"/g)).toHaveLength(90);
  });
});
