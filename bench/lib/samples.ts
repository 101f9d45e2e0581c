/** @file A large dataset for benches of the window: rows with captions of many words, over a few drawn pictures. */

import { mkdirSync } from 'node:fs';
import path from 'node:path';
import sharp from 'sharp';
import { randomStream } from '../../src/main/engine/random.ts';
import { timestamp, type Workspace } from '../../src/main/engine/store/workspace.ts';

const pictures = 400;

/** @returns the files, in order */
export async function drawPictures(dir: string): Promise<string[]> {
  mkdirSync(dir, { recursive: true });
  return Promise.all(
    Array.from({ length: pictures }, async (_, index) => {
      const random = randomStream(index);
      const circles = Array.from({ length: 12 }, () => {
        const [x, y, r, hue] = [random() * 640, random() * 480, 20 + random() * 90, random() * 360];
        return `<circle cx="${x}" cy="${y}" r="${r}" fill="hsl(${hue},70%,55%)"/>`;
      });
      const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="640" height="480">${circles.join('')}</svg>`;
      const file = path.join(dir, `${index}.jpg`);
      await sharp(Buffer.from(svg)).jpeg().toFile(file);
      return file;
    }),
  );
}

/** Words of captions, some frequent and most rare. */
const vocabulary = Array.from({ length: 30_000 }, (_, at) => `w${at.toString(36)}`);

/** The dataset with id 1, without samples yet. */
export function insertDataset({ sqlite }: Workspace): void {
  sqlite
    .prepare(`INSERT INTO datasets (name, source, format, imported_at, complete) VALUES ('large', '/', 'folder', ?, 1)`)
    .run(timestamp());
}

export function insertSamples({ sqlite }: Workspace, from: number, to: number, files: string[]): void {
  const random = randomStream(from);
  const insert = sqlite.prepare(
    `INSERT INTO samples (dataset_id, position, path, file, caption, label, width, height, bytes, hash, status)
     VALUES (1, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
  );
  for (let start = from; start < to; start += 5000) {
    sqlite.transaction(() => {
      for (let at = start; at < Math.min(start + 5000, to); at++) {
        const words = Array.from(
          { length: 8 + (at % 8) },
          () => vocabulary[Math.floor(vocabulary.length * random() ** 4)],
        );
        const picture = Math.floor(random() * pictures);
        insert.run(
          ...[
            at,
            `folder-${(at * 7919) % 1000}/picture-${at}.jpg`,
            files[picture],
            words.join(' '),
            `label ${at % 50}`,
          ],
          ...[200 + ((at * 31) % 1800), 200 + ((at * 17) % 1500), 10_000 + ((at * 7919) % 990_000)],
          ...[String(picture).padStart(64, '0'), at % 97 === 0 ? 'skipped' : 'ok'],
        );
      }
    })();
  }
}
