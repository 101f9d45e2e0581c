/** @file What goes over the channel between main and the service: the contract's workspace requests and four of main's own. */

import { z } from 'zod';
import {
  events,
  mainRequests,
  workspaceRequests,
  type EventName,
  type Payload,
  type WorkspaceChannel,
} from '../../../preload/contract.ts';
import { previewToken } from '../../../preload/home.ts';

const dir = z.string();

/** Asked by main for its own purposes; the window cannot reach these. */
export const serviceRequests = {
  'service.open': { params: mainRequests['workspace.open'].params, result: mainRequests['workspace.open'].result },
  'service.close': { params: z.object({ dir }), result: z.void() },
  /** File of a picture that is made for showing, at most `size` pixels wide and high. */
  'service.picture': { params: z.object({ dir, sample: z.int(), size: z.int() }), result: z.string() },
  /** File of a picture that an evaluation kept. */
  'service.evaluationPicture': {
    params: z.object({ dir, evaluation: z.int(), picture: z.int() }),
    result: z.string(),
  },
  /** A small picture of a preview, webp as base64; null where there is none. */
  'service.previewPicture': {
    params: z.object({ token: previewToken, pair: z.int() }),
    result: z.string().nullable(),
  },
  /** Variables for the jobs that are started from now on. */
  'service.environment': { params: z.object({ variables: z.record(z.string(), z.string()) }), result: z.void() },
  /** All points of metrics of runs into a csv file that the person named. */
  'service.writeSeries': {
    params: z.object({ dir, runs: z.array(z.string()), metrics: z.array(z.string()), file: z.string() }),
    result: z.void(),
  },
  /** File of a map's points, in the layout of `map.points`. */
  'service.mapPoints': { params: z.object({ dir, map: z.string() }), result: z.string() },
} as const;

export const allRequests = { ...serviceRequests, ...workspaceRequests };
export type ServiceChannel = keyof typeof allRequests;
export type ServiceParams<C extends ServiceChannel> = z.infer<(typeof allRequests)[C]['params']>;
export type ServiceResult<C extends ServiceChannel> = z.infer<(typeof allRequests)[C]['result']>;

const channel = z.enum(Object.keys(allRequests) as [ServiceChannel, ...ServiceChannel[]]);

/** main -> service; `dir` is the workspace that a request of the contract is about. */
export const requestMessage = z.object({ id: z.int(), channel, dir: dir.optional(), params: z.unknown().optional() });
export type RequestMessage = z.infer<typeof requestMessage>;

/** service -> main */
export const serviceMessage = z.union([
  // JSON leaves out the value where there is none
  z.object({ id: z.int(), ok: z.literal(true), value: z.unknown().optional() }),
  z.object({ id: z.int(), ok: z.literal(false), error: z.object({ name: z.string(), message: z.string() }) }),
  z.object({ event: z.enum(Object.keys(events) as [EventName, ...EventName[]]), payload: z.unknown() }),
  z.object({ ready: z.literal(true) }),
]);
export type ServiceMessage = z.infer<typeof serviceMessage>;

/** Events that come from the service. */
export type WorkspaceEvent = Extract<
  EventName,
  | 'job.progress'
  | 'job.finished'
  | 'metrics.appended'
  | 'pipeline.changed'
  | 'browse.indexing'
  | 'search.progress'
  | 'queue.changed'
>;
export type Emit = <E extends WorkspaceEvent>(event: E, payload: Omit<Payload<E>, 'workspace'>) => void;

export const isWorkspaceChannel = (name: string): name is WorkspaceChannel => Object.hasOwn(workspaceRequests, name);
