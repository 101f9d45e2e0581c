/** @file State of the open workspace: what the service told last, kept fresh by its events. */

import { create } from 'zustand';
import type { Dataset, Group, Job, JobStart, QueuedJob, StartedJob, Summary } from '../../preload/contract.ts';
import { isUnavailable, messageOf, request } from '../api/api.ts';
import { notify } from './session.ts';
import { observeJob, observeJobs, runningJob, type JobView } from './jobs.ts';

const shownGroups = 30;
const shownMembers = 24;

export interface JobLog {
  lines: string[];
  next: number;
}

export interface WorkspaceState {
  /** Id of the workspace that all of this is about; null between two. */
  id: string | null;
  summary: Summary | null;
  /** Why the summary could not be read. */
  failure: string | null;
  jobs: JobView[];
  /** Jobs that wait, the next one first. */
  queue: QueuedJob[];
  /** Jobs that were asked to stop, until they do. */
  stopping: number[];
  logs: Record<number, JobLog>;
  /** null: the newest. */
  datasetChoice: number | null;
  groups: { balance: number; groups: Group[] } | null;
  groupsFailure: string | null;
  /** null: the newest. */
  runChoice: string | null;
}

const closed: WorkspaceState = {
  id: null,
  summary: null,
  failure: null,
  jobs: [],
  queue: [],
  stopping: [],
  logs: {},
  datasetChoice: null,
  groups: null,
  groupsFailure: null,
  runChoice: null,
};

export const useWorkspace = create<WorkspaceState>(() => closed);
const { getState: get, setState: set } = useWorkspace;

/** Starts afresh for a workspace, or for none. */
export async function showWorkspace(id: string | null): Promise<void> {
  set({ ...closed, id });
  if (id !== null) await refresh();
}

/** Asks for everything again: at the start, and when the service is back. */
export async function refresh(): Promise<void> {
  const { id } = get();
  if (id === null) return;
  try {
    const [summary, jobs, queue] = await Promise.all([
      request('pipeline.summary', { workspace: id }),
      request('jobs.list', { workspace: id }),
      request('queue.list', { workspace: id }),
    ]);
    if (get().id !== id) return;
    set({ failure: null, queue, jobs: observeJobs(get().jobs, jobs, performance.now()) });
    takeSummary(summary);
  } catch (error) {
    if (get().id === id && !isUnavailable(error)) set({ failure: messageOf(error) });
  }
}

export function takeSummary(summary: Summary): void {
  set({ summary });
  void loadGroups();
}

export function takeJob(job: Job): void {
  if (job.state !== 'running') set({ stopping: get().stopping.filter((id) => id !== job.id) });
  set({ jobs: observeJob(get().jobs, job, performance.now()) });
  if (job.id in get().logs) void loadLog(job.id);
}

export const currentDataset = ({ summary, datasetChoice }: WorkspaceState): Dataset | undefined =>
  summary?.datasets.find(({ id }) => id === datasetChoice) ?? summary?.datasets[0];

/** The run whose curves are shown. */
export function currentRun({ summary, runChoice }: WorkspaceState): Summary['runs'][number] | undefined {
  return summary?.runs.find(({ id }) => id === runChoice) ?? summary?.runs[0];
}

export function chooseDataset(datasetChoice: number): void {
  set({ datasetChoice });
  void loadGroups();
}

export function chooseRun(runChoice: string | null): void {
  set({ runChoice });
}

async function loadGroups(): Promise<void> {
  const { id, groups: known } = get();
  const balance = currentDataset(get())?.balance?.id;
  if (id === null || balance === known?.balance) return;
  if (balance === undefined) {
    set({ groups: null });
    return;
  }
  try {
    const groups = await request('groups.list', { workspace: id, balance, limit: shownGroups, members: shownMembers });
    if (get().id === id) set({ groups: { balance, groups }, groupsFailure: null });
  } catch (error) {
    if (get().id === id && !isUnavailable(error)) set({ groupsFailure: messageOf(error) });
  }
}

/** Reads what a job said since it was read last. */
export async function loadLog(id: number): Promise<void> {
  const { id: workspace, logs } = get();
  if (workspace === null) return;
  const log = logs[id] ?? { lines: [], next: 0 };
  set({ logs: { ...logs, [id]: log } });
  const { lines, next } = await request('job.log', { workspace, id, from: log.next });
  const current = get().logs[id];
  if (get().id !== workspace || current?.next !== log.next) return;
  set({ logs: { ...get().logs, [id]: { lines: [...current.lines, ...lines].slice(-500), next } } });
}

export async function startJob(job: JobStart): Promise<void> {
  const { id } = get();
  if (id === null) return;
  tellQueued(await request('job.start', { workspace: id, job }));
}

/** The same command again: it goes on where the job stopped. */
export async function continueJob(job: number): Promise<void> {
  const { id } = get();
  if (id !== null) tellQueued(await request('job.again', { workspace: id, id: job }));
}

function tellQueued({ queued }: StartedJob): void {
  if (queued !== null) notify('info', 'It starts once the running job is done.');
}

export async function startQueued(queued: number): Promise<void> {
  const { id } = get();
  if (id !== null) await request('queue.start', { workspace: id, id: queued });
}

export async function removeQueued(queued: number): Promise<void> {
  const { id } = get();
  if (id !== null) await request('queue.remove', { workspace: id, id: queued });
}

/** Runs the pipeline of a configuration that the person chooses. */
export async function startConfig(): Promise<void> {
  const config = await request('config.choose');
  if (config !== null) await startJob({ kind: 'run', config });
}

/** Asks a job to stop after its current unit of work; the second time, at once. */
export async function stopJob(job: number): Promise<void> {
  const { id, stopping } = get();
  if (id === null) return;
  await request('job.cancel', { workspace: id, id: job });
  set({ stopping: [...stopping, job] });
}

export async function stopRunning(): Promise<void> {
  const job = runningJob(get().jobs);
  if (job) await stopJob(job.id);
}
