/** @file The command line as its users see it: a process with arguments, output and exit code, on generated pictures. */

import { spawn, type ChildProcess } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import sharp from 'sharp';

const cli = path.join(import.meta.dirname, '../../../src/main/engine/cli.ts');

export interface Finished {
  code: number | null;
  signal: NodeJS.Signals | null;
  stdout: string;
  /** The NDJSON lines of stderr. */
  events: Record<string, unknown>[];
  stderr: string;
}

/** Starts `distillery ARGS --workspace DIR --json`; `watch` sees each event as it comes. */
export function distillery(
  workspace: string,
  args: string[],
  watch: (event: Record<string, unknown>, child: ChildProcess) => void = () => undefined,
): Promise<Finished> {
  const child = spawn(process.execPath, [cli, ...args, '--workspace', workspace, '--json'], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let [stdout, stderr, rest] = ['', '', ''];
  const events: Record<string, unknown>[] = [];
  child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
    const lines = (rest + text).split('\n');
    rest = lines.pop()!;
    for (const line of lines) {
      const event = parse(line);
      if (!event) continue;
      events.push(event);
      watch(event, child);
    }
  });
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code, signal) => {
      resolve({ code, signal, stdout, stderr, events });
    });
  });
}

/** The one JSON result of a command that must succeed. */
export async function result(workspace: string, args: string[]): Promise<Record<string, unknown>> {
  const { code, stdout, stderr } = await distillery(workspace, args);
  if (code !== 0) throw new Error(`distillery ${args.join(' ')} ended with ${code ?? '?'}:\n${stderr}`);
  return JSON.parse(stdout) as Record<string, unknown>;
}

function parse(line: string): Record<string, unknown> | undefined {
  try {
    return JSON.parse(line) as Record<string, unknown>;
  } catch {
    return undefined;
  }
}

const colours = ['red', 'green', 'blue', 'yellow'] as const;

/** A table pairs.csv of `count` coloured pictures with captions and labels; every eighth file is a copy of the one before. */
export async function writePictures(dir: string, count: number): Promise<string> {
  mkdirSync(dir, { recursive: true });
  const rows = ['filepath,title,label'];
  for (let i = 0; i < count; i++) {
    const source = i % 8 === 7 ? i - 1 : i;
    const colour = colours[source % colours.length]!;
    const size = 8 + (source % 5) * 4;
    const shape = await sharp({ create: { width: size, height: size, channels: 3, background: 'white' } })
      .png()
      .toBuffer();
    const image = sharp({ create: { width: 48, height: 40, channels: 3, background: colour } });
    await image
      .composite([{ input: shape, left: (source * 7) % 24, top: (source * 3) % 16 }])
      .png()
      .toFile(path.join(dir, `${i}.png`));
    rows.push(`${i}.png,"a ${colour} field with a square of ${size}, number ${source}",${colour}`);
  }
  const table = path.join(dir, 'pairs.csv');
  writeFileSync(table, rows.join('\n') + '\n');
  return table;
}
