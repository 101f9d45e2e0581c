/** @file A workspace with samples over a few small pictures, and a tiny teacher. */

import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import sharp from 'sharp';
import { builtinConfig } from '../../../src/main/engine/clip/config.ts';
import type { ClipModel } from '../../../src/main/engine/clip/model.ts';
import { initialWeights } from '../../../src/main/engine/clip/weights.ts';
import { randomStream } from '../../../src/main/engine/random.ts';
import type { Workspace } from '../../../src/main/engine/store/workspace.ts';

export function tinyModel(): ClipModel {
  const config = builtinConfig('micro-32');
  return { name: 'micro-32', config, weights: initialWeights(config, 1), fingerprint: 'micro' };
}

export const temporary = (): string => mkdtempSync(path.join(tmpdir(), 'distillery-'));

/** Writes `count` pictures and returns their paths. */
export async function writePictures(dir: string, count: number): Promise<string[]> {
  mkdirSync(dir, { recursive: true });
  const files = Array.from({ length: count }, (_, i) => path.join(dir, `${i}.png`));
  for (const [i, file] of files.entries()) {
    const random = randomStream(i);
    const pixels = Uint8Array.from({ length: 40 * 36 * 3 }, () => random() * 256);
    writeFileSync(
      file,
      await sharp(pixels, { raw: { width: 40, height: 36, channels: 3 } })
        .png()
        .toBuffer(),
    );
  }
  return files;
}

/** Appends samples to the dataset "set" (made when missing): sample i shows picture i modulo their number. */
export function addSamples({ sqlite }: Workspace, files: readonly (string | null)[], count: number): void {
  sqlite.exec(
    `INSERT OR IGNORE INTO datasets (name, source, format, imported_at, complete) VALUES ('set', '/s', 'folder', '', 1)`,
  );
  const first = sqlite.prepare('SELECT count(*) FROM samples').pluck().get() as number;
  const insert = sqlite.prepare(
    `INSERT INTO samples (dataset_id, position, path, file, caption, hash, status) VALUES (1, ?, ?, ?, ?, ?, 'ok')`,
  );
  sqlite.transaction(() => {
    for (let i = first; i < first + count; i++) {
      const file = files[i % files.length] ?? null;
      insert.run(i, `p/${i}`, file, `caption ${i % 7}`, file === null ? null : hashOf(file));
    }
  })();
}

const hashOf = (file: string): string => createHash('sha256').update(readFileSync(file)).digest('hex');

/** Hashes of all files of a folder, by name. */
export function contents(dir: string): Record<string, string> {
  return Object.fromEntries(readdirSync(dir).map((name) => [name, hashOf(path.join(dir, name))]));
}
