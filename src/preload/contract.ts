/**
 * @file The one contract between window and engine: what can be asked (`requests`) and what is told (`events`).
 * Main checks every request against it, the service answers by it, the renderer is typed by it.
 */

import { z } from 'zod';
import { applicationRequests, menuCommand, serviceState } from './application.ts';
import { browseEvents, browseMainRequests, browseRequests } from './browse.ts';
import { count, inWorkspace } from './common.ts';
import { datasetRequests } from './datasetFacts.ts';
import { duplicateRequests } from './duplicates.ts';
import { homeEvents, homeMainRequests, homeRequests } from './home.ts';
import { job, pipelineRequests, summary } from './pipeline.ts';
import { resultMainRequests, resultRequests } from './results.ts';
import { reviewRequests } from './review.ts';
import { runMainRequests, runRequests } from './runs.ts';
import { searchEvents, searchMainRequests, searchRequests } from './search.ts';
import { teacherRequests } from './teachers.ts';

export { themeSchema } from './application.ts';
export { annotatorName } from './common.ts';
export type * from './application.ts';
export type * from './browse.ts';
export type * from './datasetFacts.ts';
export type * from './duplicates.ts';
export type * from './home.ts';
export type * from './pipeline.ts';
export type * from './results.ts';
export type * from './review.ts';
export type * from './runs.ts';
export type * from './samples.ts';
export type * from './search.ts';
export type { JobStart } from './jobStart.ts';

/** Answered by main itself. */
export const mainRequests = {
  ...applicationRequests,
  ...searchMainRequests,
  ...runMainRequests,
  ...browseMainRequests,
  ...homeMainRequests,
  ...resultMainRequests,
} as const;

/** Answered by the service; main puts the folder in the place of the id. */
export const workspaceRequests = {
  ...pipelineRequests,
  ...homeRequests,
  ...resultRequests,
  ...duplicateRequests,
  ...datasetRequests,
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
  /** New values of a run up to `step`: ask for them with `run.series`. */
  'metrics.appended': inWorkspace.extend({ run: z.string(), step: count }),
  'pipeline.changed': inWorkspace.extend({ summary }),
  ...browseEvents,
  ...searchEvents,
  ...homeEvents,
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
