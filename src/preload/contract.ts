/**
 * @file The one contract between window and engine: what can be asked (`requests`) and what is told (`events`).
 * Main checks every request against it, the service answers by it, the renderer is typed by it.
 */

import { z } from 'zod';
import { browseEvents, browseMainRequests, browseRequests } from './browse.ts';
import * as curation from './curation.ts';
import * as home from './home.ts';
import { jobStart } from './jobStart.ts';
import { teacherRequests } from './teachers.ts';
import { resultMainRequests, resultRequests } from './results.ts';
import { reviewRequests } from './review.ts';
import { runMainRequests, runRequests } from './runs.ts';
import { searchMainRequests, searchRequests } from './search.ts';

export type * from './browse.ts';
export type * from './curation.ts';
export type * from './home.ts';
export type * from './results.ts';
export type * from './review.ts';
export type * from './runs.ts';
export type { JobStart } from './jobStart.ts';
export type * from './search.ts';

const nothing = z.void();
const count = z.int().nonnegative();
const time = z.iso.datetime();
const workspaceId = z.string().regex(/^[0-9a-f]{16}$/);
const inWorkspace = z.object({ workspace: workspaceId });
const folder = z.string().min(1).max(4096);

// --- what is talked about ---------------------------------------------------------------------------------------

export const themeSchema = z.enum(['system', 'light', 'dark']);
export type Theme = z.infer<typeof themeSchema>;

const workspaceInfo = z.object({ id: workspaceId, name: z.string(), dir: z.string() });
export type WorkspaceInfo = z.infer<typeof workspaceInfo>;

const recentWorkspace = z.object({ dir: z.string(), openedAt: time });
export type RecentWorkspace = z.infer<typeof recentWorkspace>;

const serviceState = z.object({
  state: z.enum(['starting', 'running', 'restarting', 'failed']),
  /** Why it is not running. */
  message: z.string().nullable(),
});
export type ServiceState = z.infer<typeof serviceState>;

const progress = z.object({ stage: z.string(), done: z.number(), total: z.number(), unit: z.string() });
export type Progress = z.infer<typeof progress>;

const job = z.object({
  id: count,
  command: z.array(z.string()),
  state: z.enum(['running', 'done', 'failed', 'cancelled']),
  progress: progress.nullable(),
  hasLog: z.boolean(),
  startedAt: time,
  finishedAt: time.nullable(),
  error: z.string().nullable(),
});
export type Job = z.infer<typeof job>;

const embedding = z.object({ teacher: z.string(), dim: count, rows: count, complete: z.boolean() });

const dataset = z.object({
  id: count,
  name: z.string(),
  source: z.string(),
  complete: z.boolean(),
  images: count,
  skipped: count,
  embeddings: z.array(embedding),
  balance: z
    .object({
      id: count,
      teacher: z.string(),
      beta: z.number(),
      images: count,
      groups: count,
      removed: count,
      kept: count,
    })
    .nullable(),
  /** Human decisions that stand. */
  decisions: count,
  clustering: z
    .object({ id: count, teacher: z.string(), clusters: count, inertia: z.number(), iterations: count })
    .nullable(),
});
export type Dataset = z.infer<typeof dataset>;

const run = z.object({
  id: z.string(),
  dataset: count.nullable(),
  student: z.string(),
  state: z.enum(['running', 'stopped', 'done', 'failed']),
  /** Last step with metrics. */
  step: count,
  totalSteps: count,
  startedAt: time,
  finishedAt: time.nullable(),
  error: z.string().nullable(),
});
export type Run = z.infer<typeof run>;

const summary = z.object({
  datasets: z.array(dataset),
  /** Newest first. */
  runs: z.array(run),
  evaluations: z.array(z.object({ task: z.string(), model: z.string(), run: z.string().nullable() })),
  /** Whether the workspace has a report.html. */
  report: z.boolean(),
  /** Names in the workspace's folder export/. */
  exports: z.array(z.string()),
  /** Names of what exports wrote elsewhere, as far as it is there. */
  exportedElsewhere: z.array(z.string()),
});
export type Summary = z.infer<typeof summary>;

const group = z.object({ id: count, size: count, meanDistance: z.number(), members: z.array(curation.member) });
export type Group = z.infer<typeof group>;

const metrics = z.object({
  /** `[n]`, ascending. */
  steps: z.array(count),
  /** `[n]` of each name that was asked for; null where a step has no such value. */
  values: z.record(z.string(), z.array(z.number().nullable())),
  /** True when a longer curve was cut here: ask again from the last step. */
  more: z.boolean(),
});
export type Metrics = z.infer<typeof metrics>;

const menuCommand = z.enum([
  'workspace.create',
  'workspace.open',
  'workspace.close',
  'job.start',
  'job.cancel',
  'settings.show',
  'doctor.show',
  'view.overview',
  'view.browse',
  'view.duplicates',
  'view.clusters',
  'view.data',
  'view.results',
  'view.runs',
  'browse.keep',
  'browse.remove',
  'browse.undo',
  'browse.all',
  'browse.none',
  'browse.open',
  'browse.search',
  'browse.larger',
  'browse.smaller',
  'browse.export',
  'review.keep',
  'review.remove',
  'review.apart',
  'review.accept',
  'review.split',
  'review.cut',
  'review.defer',
  'review.rule',
  'review.agreement',
  'group.nextUndecided',
  'group.previousUndecided',
  'decision.redo',
  'group.next',
  'group.previous',
  'members.all',
  'members.none',
  'members.compare',
  'decision.undo',
  'clusters.map',
  'help',
]);
export type MenuCommand = z.infer<typeof menuCommand>;

export const annotatorName = z.string().trim().min(1).max(100);

// --- requests -----------------------------------------------------------------------------------------------------

/** Answered by main itself. */
export const mainRequests = {
  'app.state': {
    params: nothing,
    result: z.object({
      version: z.string(),
      theme: themeSchema,
      /** Who decides in this window; null until somebody gave a name. */
      annotator: annotatorName.nullable(),
      /** Of the system: a name to propose. */
      user: z.string(),
      recent: z.array(recentWorkspace),
      service: serviceState,
      /** Folder to open at once: what this window showed before it was loaded again, or what the command line named. */
      open: folder.nullable(),
    }),
  },
  'app.setTheme': { params: z.object({ theme: themeSchema }), result: nothing },
  'app.setAnnotator': { params: z.object({ annotator: annotatorName }), result: nothing },
  'service.restart': { params: nothing, result: nothing },
  /** Asks for a folder; null when the person changed their mind. */
  'workspace.choose': { params: z.object({ purpose: z.enum(['open', 'create']) }), result: folder.nullable() },
  'workspace.open': { params: z.object({ dir: folder, create: z.boolean() }), result: workspaceInfo },
  'workspace.close': { params: inWorkspace, result: nothing },
  /** With the program that the system has for it. */
  'workspace.show': { params: inWorkspace.extend({ what: z.enum(['folder', 'report']) }), result: nothing },
  'workspace.forget': { params: z.object({ dir: folder }), result: z.array(recentWorkspace) },
  /** Asks for a configuration file of `distillery run`. */
  'config.choose': { params: nothing, result: z.string().nullable() },
  /** Asks for what is to be imported: folders, or files such as tables and archives. */
  'source.choose': { params: z.object({ what: z.enum(['folder', 'files']) }), result: z.array(folder) },
  /** Asks where a table of decisions is to be written. */
  'decisions.target': { params: z.object({ name: z.string().max(200) }), result: z.string().nullable() },
  /** Asks for the folder of a teacher. */
  'teacher.choose': { params: nothing, result: folder.nullable() },
  ...searchMainRequests,
  ...runMainRequests,
  ...browseMainRequests,
  'clipboard.write': { params: z.object({ text: z.string().max(1_000_000) }), result: nothing },
  ...home.homeMainRequests,
  ...resultMainRequests,
} as const;

/** Answered by the service; main puts the folder in the place of the id. */
export const workspaceRequests = {
  'pipeline.summary': { params: inWorkspace, result: summary },
  ...home.homeRequests,
  ...resultRequests,
  'jobs.list': { params: inWorkspace, result: z.array(job) },
  /** While another job runs, it waits for it. */
  'job.start': { params: inWorkspace.extend({ job: jobStart }), result: home.startedJob },
  'job.cancel': { params: inWorkspace.extend({ id: count }), result: nothing },
  /** Whole lines of a job's output from a byte offset on, and the offset after them. */
  'job.log': {
    params: inWorkspace.extend({ id: count, from: count }),
    result: z.object({ lines: z.array(z.string()), next: count }),
  },
  'run.metrics': {
    params: inWorkspace.extend({ run: z.string().max(200), names: z.array(z.string().max(100)).max(32), since: count }),
    result: metrics,
  },
  /** Largest groups of a balance, members by distance to the centroid, keeper first. */
  'groups.list': {
    params: inWorkspace.extend({
      balance: count,
      limit: z.int().min(1).max(100),
      members: z.int().min(1).max(100),
    }),
    result: z.array(group),
  },
  'balance.facts': { params: inWorkspace.extend({ balance: count }), result: curation.balanceFacts },
  'groups.page': {
    params: inWorkspace.extend({
      balance: count,
      order: curation.groupOrder,
      descending: z.boolean(),
      minSize: count,
      after: curation.cursor.nullable(),
      limit: z.int().min(1).max(1000),
    }),
    result: curation.groupPage,
  },
  /** Groups of at least this size. */
  'groups.count': { params: inWorkspace.extend({ balance: count, minSize: count }), result: count },
  'group.detail': {
    params: inWorkspace.extend({
      group: count,
      after: curation.cursor.nullable(),
      limit: z.int().min(1).max(1000),
    }),
    result: curation.groupDetail,
  },
  'leaks.page': {
    params: inWorkspace.extend({
      balance: count,
      after: curation.cursor.nullable(),
      limit: z.int().min(1).max(500),
    }),
    result: curation.leakPage,
  },
  /** Says what becomes of members of a group. */
  decide: {
    params: inWorkspace.extend({
      group: count,
      kind: curation.decisionKind,
      /** Empty: all members. */
      samples: z.array(count).max(100_000),
      annotator: annotatorName,
    }),
    result: curation.decided,
  },
  /** Takes back the last decision that stands. */
  'decision.undo': {
    params: inWorkspace.extend({ dataset: count, annotator: annotatorName }),
    result: curation.decided,
  },
  /** Newest first. */
  'decisions.list': {
    params: inWorkspace.extend({ dataset: count, limit: z.int().min(1).max(500) }),
    result: z.array(curation.decisionRow),
  },
  'clustering.facts': { params: inWorkspace.extend({ clustering: count }), result: curation.clusterFacts },
  'data.facts': { params: inWorkspace.extend({ dataset: count }), result: curation.dataFacts },
  /** Looks at every image of the dataset, so it is asked for apart. */
  'data.quality': { params: inWorkspace.extend({ dataset: count }), result: curation.qualityFacts },
  ...reviewRequests,
  ...teacherRequests,
  ...searchRequests,
  ...runRequests,
  ...browseRequests,
} as const;

export const requests = { ...mainRequests, ...workspaceRequests };

// --- events -------------------------------------------------------------------------------------------------------

export const events = {
  'service.state': serviceState,
  'menu.command': z.object({ command: menuCommand }),
  /** A job began or went on. */
  'job.progress': inWorkspace.extend({ job }),
  'job.finished': inWorkspace.extend({ job }),
  /** New values of a run up to `step`: ask for them with `run.metrics`. */
  'metrics.appended': inWorkspace.extend({ run: z.string(), step: count }),
  'pipeline.changed': inWorkspace.extend({ summary }),
  ...browseEvents,
  ...home.homeEvents,
} as const;

// --- types ----------------------------------------------------------------------------------------------------------

export type Channel = keyof typeof requests;
export type MainChannel = keyof typeof mainRequests;
export type WorkspaceChannel = keyof typeof workspaceRequests;
export type Params<C extends Channel> = z.infer<(typeof requests)[C]['params']>;
export type Result<C extends Channel> = z.infer<(typeof requests)[C]['result']>;
export type EventName = keyof typeof events;
export type Payload<E extends EventName> = z.infer<(typeof events)[E]>;

/** How an error crosses processes: rebuilt with its name on the other side. */
export type Reply<T> = { ok: true; value: T } | { ok: false; error: { name: string; message: string } };

/** What the preload puts on `window.distillery`, and all that the renderer can reach. */
export interface Bridge {
  request: <C extends Channel>(channel: C, params: Params<C>) => Promise<Reply<Result<C>>>;
  /** Returns how to stop listening. */
  on: <E extends EventName>(event: E, listener: (payload: Payload<E>) => void) => () => void;
  /** Where a file or folder lies that was dropped on the window. */
  pathOf: (file: File) => string;
}

/** The two IPC channels under the contract. */
export const ipc = { request: 'distillery:request', event: 'distillery:event' } as const;
