/** @file A worker for tests: writes unit² into a folder, and misbehaves when told to. */

import { existsSync, readdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { z } from 'zod';
import { serve } from '../../../src/main/engine/devices/serve.ts';
import { DistilleryError } from '../../../src/main/engine/errors.ts';

const setupSchema = z.object({
  dir: z.string(),
  /** The first worker that gets this unit dies of it; all do with `deadly`. */
  killedBy: z.int().optional(),
  deadly: z.boolean().optional(),
  failsAt: z.int().optional(),
  /** Workers that must be there before any of them starts. */
  together: z.int().default(0),
});

serve(setupSchema, async ({ dir, killedBy, deadly, failsAt, together }) => {
  writeFileSync(path.join(dir, `${process.pid}.here`), '');
  while (readdirSync(dir).filter((name) => name.endsWith('.here')).length < together) await setTimeout(5);
  return async (unit, onProgress) => {
    await onProgress(1);
    await setTimeout(5);
    if (unit === failsAt) throw new DistilleryError(`unit ${unit} cannot be done`);
    const mark = path.join(dir, 'killed');
    if (unit === killedBy && (deadly || !existsSync(mark))) {
      writeFileSync(mark, '');
      process.kill(process.pid, 'SIGKILL');
      await setTimeout(10_000);
    }
    const by = process.env['CUDA_VISIBLE_DEVICES'] ?? '';
    writeFileSync(path.join(dir, `${unit}.json`), JSON.stringify({ square: unit * unit, by }));
    await onProgress(1);
  };
});
