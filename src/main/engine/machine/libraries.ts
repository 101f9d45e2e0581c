/**
 * @file Whether the native libraries load, and their versions. Each is tried in a process of its own (this file run
 * with its name), because a wrong binary can end the process that loads it.
 */

import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import { DistilleryError, messageOf } from '../errors.ts';
import { tryProgram } from './child.ts';

const loaders = { tensorflow: loadTensorflow, sqlite: loadSqlite, sharp: loadSharp };
export type LibraryName = keyof typeof loaders;

/** The versions of a library's parts, or why it does not load. */
export type Library<Versions> = { ok: true; versions: Versions } | { ok: false; reason: string };

const schemas = {
  tensorflow: z.object({ libtensorflow: z.string(), tfjs: z.string(), usesGpu: z.boolean() }),
  sqlite: z.object({ sqlite: z.string() }),
  sharp: z.object({ sharp: z.string(), libvips: z.string() }),
};

export async function tryLibrary<N extends LibraryName>(name: N): Promise<Library<z.infer<(typeof schemas)[N]>>> {
  const { ok, stdout, reason } = await tryProgram(process.execPath, [fileURLToPath(import.meta.url), name]);
  if (!ok) return { ok, reason };
  try {
    return { ok, versions: schemas[name].parse(JSON.parse(stdout)) as z.infer<(typeof schemas)[N]> };
  } catch (error) {
    return { ok: false, reason: messageOf(error) };
  }
}

async function loadTensorflow(): Promise<unknown> {
  const { tf } = await import('../runtime/backend.ts');
  const backend = tf.backend() as unknown as { binding: { TF_Version: string }; isUsingGpuDevice: boolean };
  return {
    libtensorflow: backend.binding.TF_Version,
    tfjs: tf.version['tfjs-core'],
    usesGpu: backend.isUsingGpuDevice,
  };
}

async function loadSqlite(): Promise<unknown> {
  const { default: Database } = await import('better-sqlite3');
  return new Database(':memory:').prepare('select sqlite_version() as sqlite').get();
}

async function loadSharp(): Promise<unknown> {
  const { default: sharp } = await import('sharp');
  return { sharp: sharp.versions.sharp, libvips: sharp.versions.vips };
}

if (import.meta.main) {
  const name = z.enum(['tensorflow', 'sqlite', 'sharp']).parse(process.argv[2]);
  try {
    process.stdout.write(JSON.stringify(await loaders[name]()));
  } catch (error) {
    const [first] = messageOf(error instanceof DistilleryError && error.cause ? error.cause : error).split('\n');
    process.stderr.write(first ?? '');
    process.exitCode = 1;
  }
}
