/** @file The part of the contract about what runs and waits, a look before an import, the settings and the doctor. */

import { z } from 'zod';
import { count, inWorkspace, workspaceId } from './common.ts';
import { fileArgument, importFormats, importColumns } from './jobStart.ts';

const nullableNumber = z.number().nullable();

/** A job that waits for the one that runs. */
const queuedJob = z.object({ id: count, command: z.array(z.string()), queuedAt: z.iso.datetime() });
export type QueuedJob = z.infer<typeof queuedJob>;

/** Started at once, or behind those that wait: one of the two ids. */
export const startedJob = z.object({ job: count.nullable(), queued: count.nullable() });
export type StartedJob = z.infer<typeof startedJob>;

const previewPair = z.object({
  path: z.string(),
  caption: z.string(),
  label: z.string().nullable(),
  width: nullableNumber,
  height: nullableNumber,
  bytes: nullableNumber,
  /** Why an import would skip it. */
  reason: z.string().nullable(),
});

export const importPreview = z.object({
  format: z.enum(importFormats).exclude(['auto']),
  sources: count,
  columns: z.object({ image: z.string().optional(), caption: z.string().optional(), label: z.string().optional() }),
  columnNames: z.array(z.string()),
  /** Null where counting takes too long. */
  total: count.nullable(),
  looked: count,
  pairs: z.array(previewPair),
  problems: z.array(z.object({ what: z.string(), skipped: z.boolean(), count: count, examples: z.array(z.string()) })),
  failure: z.string().nullable(),
});
export type ImportPreview = z.infer<typeof importPreview>;

/** Names the small pictures of a preview; nothing else can be asked with it. */
export const previewToken = z.string().regex(/^[0-9a-f]{32}$/);

export const doctorReport = z.object({
  versions: z.record(z.string(), z.string().nullable()),
  processor: z.object({ model: z.string(), cores: count, features: z.array(z.string()) }),
  memory: z.object({ totalBytes: z.number(), freeBytes: z.number() }),
  gpus: z.array(z.object({ name: z.string(), memoryBytes: z.number(), driver: z.string() })),
  backend: z.object({ build: z.enum(['cpu', 'cuda', 'none']), usesGpu: z.boolean() }),
  disk: z.array(z.object({ what: z.enum(['workspace', 'cache']), dir: z.string(), freeBytes: z.number() })),
  missing: z.array(z.object({ what: z.string(), do: z.string() })),
});
export type DoctorReport = z.infer<typeof doctorReport>;

export const closeBehaviours = ['ask', 'background', 'stop'] as const;

/** What the window remembers for all workspaces, beside theme and annotator. */
export const preferences = z.object({
  /** What happens to a job when its window is closed. */
  onClose: z.enum(closeBehaviours),
  /** Of jobs that the window starts: what `--device` names. */
  device: z.string().regex(/^(auto|cpu|gpu:\d{1,2})$/),
  /** Bytes that such jobs plan with; null: what is free. */
  memoryBytes: z
    .int()
    .min(2 ** 30)
    .max(2 ** 50)
    .nullable(),
});
export type Preferences = z.infer<typeof preferences>;

export const defaultPreferences: Preferences = { onClose: 'ask', device: 'auto', memoryBytes: null };

/** Answered by main. */
export const homeMainRequests = {
  'settings.get': { params: z.void(), result: preferences },
  'settings.set': { params: preferences, result: preferences },
  /** What `distillery doctor` says, for a workspace or for the folder of the user. */
  'doctor.report': { params: z.object({ workspace: workspaceId.nullable() }), result: doctorReport },
} as const;

/** Answered by the service about one open workspace. */
export const homeRequests = {
  'queue.list': { params: inWorkspace, result: z.array(queuedJob) },
  'queue.remove': { params: inWorkspace.extend({ id: count }), result: z.void() },
  /** Starts one that waits, where nothing runs. The job's id. */
  'queue.start': { params: inWorkspace.extend({ id: count }), result: count },
  /** The same command once more: it goes on where the job stopped. */
  'job.again': { params: inWorkspace.extend({ id: count }), result: startedJob },
  /** Looks at a source and writes nothing; another look of the same workspace ends the one before. */
  'import.preview': {
    params: inWorkspace.extend({
      sources: z.array(fileArgument).min(1).max(1000),
      format: z.enum(importFormats),
      columns: importColumns,
    }),
    /** The picture of pair i is `image://preview/TOKEN/i`; `pictures` tells which pairs have one. */
    result: z.object({ token: previewToken, preview: importPreview, pictures: z.array(z.boolean()) }),
  },
  'import.stopPreview': { params: inWorkspace, result: z.void() },
} as const;

export const homeEvents = {
  'queue.changed': inWorkspace.extend({ queue: z.array(queuedJob) }),
} as const;
