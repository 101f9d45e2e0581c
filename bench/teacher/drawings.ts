/**
 * @file Drawings with captions under free licences, which the bundled teacher's projection is made from: Debian's openclipart-svg
 * (public domain) and npm's emoji-datasource-google (MIT). Nothing of them becomes part of this repository but the fit.
 */

import { execFile } from 'node:child_process';
import { readFile, readdir, rm } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import sharp from 'sharp';
import { z } from 'zod';
import { cacheEntry } from '../../scripts/lib/cache.mjs';
import { fetchPackage } from '../../scripts/lib/npmPackage.mjs';

export interface Drawing {
  file: string;
  caption: string;
}

const execute = promisify(execFile);
const emoji = {
  name: 'emoji-datasource-google',
  version: '16.0.0',
  integrity: 'sha512-ZRexfzs7MVoLnmzZmNsO4TKhnAJp5D++Vm6PpUpH/jEQQlemp3l88CjZ+DoZ2faM9R4QxZkOPJCoT8DlPhfQ3A==',
};

/** Into the cache; needs Debian's package lists (apt-get update) and 0.6 GB. */
export async function fetchDrawings(): Promise<{ clipart: string; emoji: string }> {
  const clipart = await cacheEntry('openclipart-svg-0.18', 0.4e9, async (dir: string) => {
    await execute('apt-get', ['download', 'openclipart-svg'], { cwd: dir });
    const [deb] = (await readdir(dir)).filter((name) => name.endsWith('.deb'));
    await execute('dpkg-deb', ['-x', path.join(dir, deb!), dir]);
    await rm(path.join(dir, deb!));
  });
  const faces = await cacheEntry(`emoji-${emoji.version}`, 0.2e9, (dir: string) => fetchPackage(emoji, dir));
  return { clipart: path.join(clipart.dir, 'usr/share/openclipart/svg'), emoji: faces.dir };
}

/** In a fixed order. */
export async function readDrawings(places: { clipart: string; emoji: string }): Promise<Drawing[]> {
  return [...(await readClipart(places.clipart)), ...(await readEmoji(places.emoji))];
}

/** Words that say nothing about what is seen. */
const empty =
  /^(hash|unsorted|icons?|clip ?art|svg|png|inkscape|simple|colou?r|black|white|public domain|image|media|externalsource|theme|action|application|appicon)$/;
const maximumSvg = 400_000;

async function readClipart(dir: string): Promise<Drawing[]> {
  const names = (await readdir(dir, { recursive: true })).filter((name) => name.endsWith('.svg')).sort();
  const drawings: Drawing[] = [];
  for (const name of names) {
    const svg = await readFile(path.join(dir, name), 'utf8');
    if (svg.length > maximumSvg) continue;
    const title = /<dc:title[^>]*>([^<]*)</.exec(svg)?.[1] ?? '';
    const subject = /<dc:subject>([\s\S]*?)<\/dc:subject>/.exec(svg)?.[1] ?? '';
    const words = [...subject.matchAll(/<rdf:li[^>]*>([^<]*)</g)].map((match) => match[1]!);
    if (title !== '' || words.length > 0) {
      drawings.push({
        file: path.join(dir, name),
        caption: captionOf(title, words, path.basename(path.dirname(name))),
      });
    }
  }
  return drawings;
}

function captionOf(title: string, words: readonly string[], folder: string): string {
  const plain = (text: string) => text.replaceAll(/[_-]/g, ' ').trim().toLowerCase();
  const about = [...new Set(words.map(plain))].filter((word) => word !== '' && word.length < 30 && !empty.test(word));
  const usable = !/collection|clipart|untitled|\d{4}/i.test(title);
  const parts = [usable ? plain(title.replaceAll(/\d/g, ' ')) : '', ...about.slice(0, 6)].filter((part) => part !== '');
  return [...new Set(parts)].join(', ') || plain(folder);
}

const emojiSchema = z.array(
  z.object({ name: z.string().nullable(), short_names: z.array(z.string()), image: z.string(), category: z.string() }),
);

async function readEmoji(dir: string): Promise<Drawing[]> {
  const rows = emojiSchema.parse(JSON.parse(await readFile(path.join(dir, 'emoji.json'), 'utf8')));
  return rows
    .filter(({ category }) => !/^(Flags|Symbols|Smileys & Emotion|People & Body|Component)$/.test(category))
    .map(({ name, short_names: words, image }) => ({
      file: path.join(dir, 'img/google/64', image),
      caption: captionOf(name ?? '', words, ''),
    }));
}

/** On white, as PNG; undefined where it cannot be drawn. */
export async function render(file: string, side: number): Promise<Buffer | undefined> {
  return sharp(file, { unlimited: true })
    .timeout({ seconds: 5 })
    .resize(side, side, { fit: 'contain', background: '#fff' })
    .flatten({ background: '#fff' })
    .png()
    .toBuffer()
    .catch(() => undefined);
}
