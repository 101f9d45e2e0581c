/** @file Teachers: what the window knows of them, and the job that adds one. */

import { z } from 'zod';
import { inWorkspace } from './common.ts';

const knownTeacher = z.object({
  /** For `--teacher`: a name of this machine, or a path. */
  reference: z.string(),
  name: z.string(),
  /** Of this machine; others are paths that the workspace has seen. */
  named: z.boolean(),
  /** Of the workspace's latest embedding. */
  latest: z.boolean(),
  /** Why it cannot be used now. */
  problem: z.string().nullable(),
});
export type KnownTeacher = z.infer<typeof knownTeacher>;

/** A path from the root of the disk, or a model of the hub; the engine checks the latter closely. */
export const teacherSource = z
  .string()
  .min(1, 'Choose a folder or a file, or name a model of the hub.')
  .max(4096, 'At most 4096 characters.')
  .regex(
    /^(\/|[A-Za-z]:[\\/]|\\\\|hf:[A-Za-z0-9_][\w.-]*\/[A-Za-z0-9_][\w.-]*(@[A-Za-z0-9][\w./-]*)?$)/,
    'The whole path of a folder or file, or hf:ORGANISATION/MODEL.',
  );

/** As `distillery teacher add --name` takes it. */
export const teacherLabel = z
  .string()
  .regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$/, 'Letters, digits, dots, dashes and underscores.')
  .refine((name) => name.toLowerCase() !== 'bundled', 'This is the teacher that comes with the program.');

export const teacherJob = z.object({
  kind: z.literal('teacher'),
  source: teacherSource,
  /** Null: the last part of the source. */
  name: teacherLabel.nullable(),
});

export const teacherCommand = ({ source, name }: z.infer<typeof teacherJob>): string[] => [
  ...['teacher', 'add', source],
  ...(name === null ? [] : ['--name', name]),
];

export const teacherRequests = {
  /** The bundled one first, then those of this machine, then what the workspace has seen. */
  'teachers.list': { params: inWorkspace, result: z.array(knownTeacher) },
} as const;
