/** @file `distillery doctor`: what this machine and this checkout have, and what is missing. Works where things are broken. */

import { existsSync, readFileSync, realpathSync } from 'node:fs';
import { statfs } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { z } from 'zod';
import { type Gpu, gpuSchema, listGpus } from './machine/gpus.ts';
import { tryLibrary } from './machine/libraries.ts';
import { processorSchema, readProcessor, totalMemoryBytes } from './machine/processor.ts';

export { renderDoctor } from './doctorText.ts';

const version = z.string().nullable();

export const doctorSchema = z.object({
  /** null: does not load. */
  versions: z.object({
    distillery: z.string(),
    node: z.string(),
    tfjs: version,
    libtensorflow: version,
    sqlite: version,
    sharp: version,
    libvips: version,
    /** null: not there yet; only the window needs it, and its start fetches it. */
    electron: version,
  }),
  processor: processorSchema,
  memory: z.object({ totalBytes: z.number(), freeBytes: z.number() }),
  gpus: z.array(gpuSchema),
  backend: z.object({
    /** Which libtensorflow is linked. */
    build: z.enum(['cpu', 'cuda', 'none']),
    /** Whether TensorFlow sees a GPU. */
    usesGpu: z.boolean(),
  }),
  disk: z.array(z.object({ what: z.enum(['workspace', 'cache']), dir: z.string(), freeBytes: z.number() })),
  missing: z.array(z.object({ what: z.string(), do: z.string() })),
});
export type DoctorReport = z.infer<typeof doctorSchema>;
type Missing = DoctorReport['missing'][number];

const project = path.join(import.meta.dirname, '../../..');
const setUp = 'npm run setup';
/** Below this a run soon stops for want of room. */
const littleBytes = 2e9;

/** @param workspaceDir whose disk is asked; need not exist */
export async function doctor(workspaceDir: string): Promise<DoctorReport> {
  const cacheDir = process.env['DISTILLERY_CACHE'] ?? path.join(cacheHome(), 'distillery');
  const [tensorflow, sqlite, sharp, processor, gpus, workspaceDisk, cacheDisk] = await Promise.all([
    tryLibrary('tensorflow'),
    tryLibrary('sqlite'),
    tryLibrary('sharp'),
    readProcessor(),
    listGpus(),
    diskOf('workspace', workspaceDir),
    diskOf('cache', cacheDir),
  ]);
  const report: DoctorReport = {
    versions: {
      distillery: packageVersion('.') ?? 'unknown',
      node: process.versions.node,
      tfjs: tensorflow.ok ? tensorflow.versions.tfjs : null,
      libtensorflow: tensorflow.ok ? tensorflow.versions.libtensorflow : null,
      sqlite: sqlite.ok ? sqlite.versions.sqlite : null,
      sharp: sharp.ok ? sharp.versions.sharp : null,
      libvips: sharp.ok ? sharp.versions.libvips : null,
      electron: electronVersion(),
    },
    processor,
    memory: { totalBytes: totalMemoryBytes(), freeBytes: process.availableMemory() },
    gpus,
    backend: { build: linkedBuild(), usesGpu: tensorflow.ok && tensorflow.versions.usesGpu },
    disk: [workspaceDisk, cacheDisk],
    missing: [],
  };
  const broken = { TensorFlow: tensorflow, SQLite: sqlite, sharp };
  for (const [name, library] of Object.entries(broken)) {
    if (!library.ok) report.missing.push({ what: `${name} does not load (${library.reason})`, do: setUp });
  }
  const resources = existsSync(path.join(project, 'resources/clip/bpe_simple_vocab_16e6.txt.gz'));
  report.missing.push(...whatIsMissing(report, resources));
  return report;
}

/** What follows from the rest of a report; `resources`: the tokenizer's files are there. */
export function whatIsMissing(report: DoctorReport, resources: boolean): Missing[] {
  const missing: Missing[] = [];
  const { processor, gpus, backend } = report;
  if (!processor.features.includes('avx')) {
    missing.push({ what: 'A processor with AVX, which TensorFlow needs', do: 'Use another machine.' });
  }
  if (!resources) missing.push({ what: 'The tokenizer and the names of ImageNet (resources/clip)', do: setUp });
  if (gpus[0] && backend.build !== 'none') missing.push(...gpuTrouble(gpus[0], backend));
  for (const { what, dir, freeBytes } of report.disk) {
    if (freeBytes >= littleBytes) continue;
    const megabytes = Math.round(freeBytes / 1e6);
    missing.push({ what: `Room for the ${what}: ${megabytes} MB are free in ${dir}`, do: 'Free some space.' });
  }
  return missing;
}

function gpuTrouble(gpu: Gpu, backend: DoctorReport['backend']): Missing[] {
  if (backend.usesGpu) return [];
  if (backend.build === 'cpu') return [{ what: `TensorFlow for the GPU (${gpu.name})`, do: `${setUp} -- --gpu` }];
  return [
    {
      what: `TensorFlow does not see the GPU (${gpu.name}, driver ${gpu.driver})`,
      do: 'CUDA 12 needs driver 525 or newer; CUDA_VISIBLE_DEVICES must not hide the GPU.',
    },
  ];
}

/** The CUDA build has its libraries beside it. */
function linkedBuild(): DoctorReport['backend']['build'] {
  try {
    const library = realpathSync(path.join(project, 'node_modules/@tensorflow/tfjs-node-gpu/deps/lib'));
    return existsSync(path.join(library, '../nvidia')) ? 'cuda' : 'cpu';
  } catch {
    return 'none';
  }
}

/** The set-up may have put in an older build than the package `electron` names. */
function electronVersion(): string | null {
  try {
    return readFileSync(path.join(project, 'node_modules/electron/dist/version'), 'utf8').trim().replace(/^v/, '');
  } catch {
    return null;
  }
}

function packageVersion(dir: string): string | undefined {
  const text = readFileSync(path.join(project, dir, 'package.json'), 'utf8');
  return z.object({ version: z.string() }).parse(JSON.parse(text)).version;
}

/** As scripts/lib/paths.mjs has it. */
const cacheHome = (): string => process.env['XDG_CACHE_HOME'] ?? path.join(os.homedir(), '.cache');

/** Asks the nearest folder that exists. */
async function diskOf(what: 'workspace' | 'cache', wanted: string): Promise<DoctorReport['disk'][number]> {
  const dir = path.resolve(wanted);
  let there = dir;
  while (!existsSync(there)) there = path.dirname(there);
  const room = await statfs(there);
  return { what, dir, freeBytes: room.bavail * room.bsize };
}
