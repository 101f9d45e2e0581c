/** @file A folder of small pictures with captions as a person might have it: drawn scenes, some copied, some saved again. */

import { copyFileSync, mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import sharp, { type Sharp } from 'sharp';

const palettes = [
  { name: 'red', main: '#c8322b', dark: '#7d1d18', sky: '#d9e8f5', ground: '#8aa55f' },
  { name: 'blue', main: '#2f5fb3', dark: '#1b386c', sky: '#f6ead2', ground: '#c9b183' },
  { name: 'yellow', main: '#e3b62c', dark: '#97741a', sky: '#31415f', ground: '#4c5a49' },
  { name: 'green', main: '#3f9150', dark: '#23552e', sky: '#f3d3cf', ground: '#9c9088' },
] as const;
type Palette = (typeof palettes)[number];

/** What stands in the middle of a scene of 320 x 240. */
const subjects: { name: string; draw: (colors: Palette) => string }[] = [
  {
    name: 'apple',
    draw: ({ main, dark }) =>
      `<circle cx="140" cy="140" r="52" fill="${main}"/><circle cx="182" cy="140" r="52" fill="${main}"/>
       <path d="M160 95 q4 -30 22 -40" stroke="${dark}" stroke-width="7" fill="none"/>
       <ellipse cx="192" cy="70" rx="22" ry="9" fill="#5a8f3c"/>`,
  },
  {
    name: 'boat',
    draw: ({ main, dark }) =>
      `<path d="M70 160 h180 l-34 44 h-112 z" fill="${dark}"/><rect x="156" y="50" width="7" height="112" fill="#5b4630"/>
       <path d="M168 55 v98 h74 z" fill="${main}"/><path d="M152 70 v83 h-52 z" fill="#f4f1e8"/>`,
  },
  {
    name: 'house',
    draw: ({ main, dark }) =>
      `<rect x="95" y="110" width="130" height="95" fill="${main}"/><path d="M80 112 l80 -62 l80 62 z" fill="${dark}"/>
       <rect x="146" y="155" width="30" height="50" fill="#4a3527"/>
       <rect x="108" y="128" width="26" height="24" fill="#f7f3c8"/><rect x="188" y="128" width="26" height="24" fill="#f7f3c8"/>`,
  },
  {
    name: 'flower',
    draw: ({ main, dark }) =>
      `<path d="M160 110 v105" stroke="#4f7a36" stroke-width="9"/><ellipse cx="188" cy="175" rx="28" ry="10" fill="#4f7a36"/>` +
      [0, 60, 120, 180, 240, 300]
        .map((turn) => `<ellipse cx="160" cy="62" rx="18" ry="34" fill="${main}" transform="rotate(${turn} 160 96)"/>`)
        .join('') +
      `<circle cx="160" cy="96" r="19" fill="${dark}"/>`,
  },
  {
    name: 'car',
    draw: ({ main, dark }) =>
      `<path d="M60 175 v-34 l42 -6 l28 -38 h74 l34 38 l30 8 v32 z" fill="${main}"/>
       <path d="M118 133 l20 -27 h26 v27 z M172 106 h26 l24 27 h-50 z" fill="#dff1f7"/>
       <circle cx="108" cy="178" r="24" fill="#222"/><circle cx="222" cy="178" r="24" fill="#222"/>
       <circle cx="108" cy="178" r="10" fill="${dark}"/><circle cx="222" cy="178" r="10" fill="${dark}"/>`,
  },
  {
    name: 'fish',
    draw: ({ main, dark }) =>
      `<ellipse cx="148" cy="130" rx="78" ry="42" fill="${main}"/><path d="M218 130 l52 -40 v80 z" fill="${dark}"/>
       <circle cx="104" cy="120" r="8" fill="#fff"/><circle cx="103" cy="120" r="4" fill="#111"/>
       <path d="M140 90 q26 -34 52 -2 z" fill="${dark}"/>`,
  },
  {
    name: 'umbrella',
    draw: ({ main, dark }) =>
      `<path d="M60 130 a100 84 0 0 1 200 0 q-25 -18 -50 0 q-25 -18 -50 0 q-25 -18 -50 0 q-25 -18 -50 0 z" fill="${main}"/>
       <path d="M160 124 v76 q0 16 -15 16 q-14 0 -14 -14" stroke="${dark}" stroke-width="8" fill="none"/>`,
  },
  {
    name: 'cup',
    draw: ({ main, dark }) =>
      `<path d="M100 90 h110 l-12 112 h-86 z" fill="${main}"/><ellipse cx="155" cy="90" rx="55" ry="13" fill="${dark}"/>
       <path d="M206 110 q52 -4 42 36 q-8 30 -46 26" stroke="${main}" stroke-width="13" fill="none"/>
       <path d="M135 70 q-12 -16 0 -30 M165 70 q-12 -16 0 -30" stroke="#aaa" stroke-width="5" fill="none"/>`,
  },
];

function scene(subject: number, palette: number): string {
  const colors = palettes[palette]!;
  const horizon = 150 + 12 * ((subject + palette) % 4);
  return `<svg xmlns="http://www.w3.org/2000/svg" width="320" height="240"><rect width="320" height="240" fill="${colors.sky}"/>
    <path d="M0 ${horizon} q80 -28 160 -6 t160 0 v100 h-320 z" fill="${colors.ground}"/>${subjects[subject]!.draw(colors)}</svg>`;
}

/** How many pictures {@link drawScenes} writes, and of how many different scenes. */
export const sceneCounts = { pictures: 41, scenes: 32 } as const;

/** Writes pictures of 32 scenes, each with its caption in a text file; six are there again smaller and as a poor JPEG, three of these as exact copies too. */
export async function drawScenes(dir: string): Promise<void> {
  mkdirSync(dir, { recursive: true });
  const write = async (name: string, caption: string, pixels: Sharp, quality = 92): Promise<void> => {
    await pixels.jpeg({ quality }).toFile(path.join(dir, `${name}.jpg`));
    writeFileSync(path.join(dir, `${name}.txt`), `${caption}\n`);
  };
  for (const [at, subject] of subjects.entries()) {
    for (const [palette, { name: color }] of palettes.entries()) {
      const [name, caption] = [`${subject.name}-${color}`, `a ${color} ${subject.name} in the open`];
      const svg = Buffer.from(scene(at, palette));
      await write(name, caption, sharp(svg));
      if (palette === at % 4 && at < 6) await write(`${name}-small`, `${caption}, smaller`, sharp(svg).resize(240), 80);
      if (palette === at % 4 && at < 3) copyFileSync(path.join(dir, `${name}.jpg`), path.join(dir, `${name}-copy.jpg`));
    }
  }
}
