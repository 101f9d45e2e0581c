/** @file State of the view of runs: which are shown and compared, their facts and curves, kept fresh while they train. */

import { create } from 'zustand';
import type { Run, RunFacts } from '../../preload/contract.ts';
import { isUnavailable, messageOf, request } from '../api/api.ts';
import { appendPoints, emptyCurve, lastStepOf, unpackPage, type Curve } from './series.ts';
import { useSession } from './session.ts';
import { currentRun, startJob, useWorkspace } from './workspace.ts';

export type RunsTab = 'charts' | 'compare' | 'settings';

export interface RunData {
  facts: RunFacts;
  /** By metric. */
  curves: Record<string, Curve>;
  /** All points that there were are here. */
  complete: boolean;
}

interface RunsState {
  /** Workspace that all of this is about. */
  workspace: string | null;
  /** Null: the newest. */
  chosen: string | null;
  /** Compared with the chosen one. */
  others: string[];
  tab: RunsTab;
  data: Record<string, RunData>;
  failures: Record<string, string>;
}

const initial: RunsState = { workspace: null, chosen: null, others: [], tab: 'charts', data: {}, failures: {} };
export const useRuns = create<RunsState>(() => initial);
const { getState: get, setState: set } = useRuns;

const noRuns: Run[] = [];
export const useRunList = (): Run[] => useWorkspace((state) => state.summary?.runs ?? noRuns);

/** The chosen run and those that it is compared with, as far as they are listed, in their order. */
export function shownRuns({ chosen, others }: Pick<RunsState, 'chosen' | 'others'>, runs: readonly Run[]): Run[] {
  const first = runs.find(({ id }) => id === chosen) ?? runs[0];
  if (!first) return [];
  return [first, ...runs.filter(({ id }) => id !== first.id && others.includes(id))];
}

export function chooseRun(chosen: string): void {
  set({ chosen, others: get().others.filter((id) => id !== chosen) });
  void syncRuns();
}

/** Takes a run into the comparison, or out of it. */
export function compareRun(run: string): void {
  const { others } = get();
  set({ others: others.includes(run) ? others.filter((id) => id !== run) : [...others, run] });
  void syncRuns();
}

export const showTab = (tab: RunsTab): void => {
  set({ tab });
};

/** Goes on with a run, by the command that a terminal would use. */
export const resumeRun = (run: string): Promise<void> => startJob({ kind: 'resume', run });

let syncing = false;
/** How often somebody asked for fresh curves. */
let asked = 0;

/** Brings what is shown up to date; calls that come while it works are one more look. */
export async function syncRuns(): Promise<void> {
  asked++;
  if (syncing) return;
  syncing = true;
  try {
    for (let seen = 0; seen !== asked;) {
      seen = asked;
      const { id } = useWorkspace.getState();
      if (id !== get().workspace) set({ ...initial, workspace: id });
      if (id === null) return;
      for (const run of runsInSight()) await syncRun(id, run);
    }
  } finally {
    syncing = false;
  }
}

/** The overview shows one run, the view of runs those that are compared. */
function runsInSight(): Run[] {
  const { view } = useSession.getState();
  const workspace = useWorkspace.getState();
  if (view === 'runs') return shownRuns(get(), workspace.summary?.runs ?? []);
  const run = view === 'overview' ? currentRun(workspace) : undefined;
  return run ? [run] : [];
}

async function syncRun(workspace: string, run: Run): Promise<void> {
  try {
    const facts = await request('run.facts', { workspace, run: run.id });
    const before = get().data[run.id];
    // a run that went back to its checkpoint measures again what came after it
    const known = Math.max(0, ...Object.values(before?.curves ?? {}).map(lastStepOf));
    const curves = before && known <= facts.step ? before.curves : {};
    let data: RunData = { facts, curves, complete: facts.names.length === 0 };
    // at first the facts are shown before the curves; later everything that is drawn is drawn once
    if (!before) keep(workspace, run.id, data);
    for (let names = facts.names; names.length > 0;) {
      const read = await readPage(workspace, data, names);
      if (get().workspace !== workspace) return;
      names = read.more;
      data = read.data;
      if (!before || !isSame(before, data)) keep(workspace, run.id, data);
    }
    if (before && facts.names.length === 0 && !isSame(before, data)) keep(workspace, run.id, data);
  } catch (error) {
    if (get().workspace !== workspace || isUnavailable(error)) return;
    set({ failures: { ...get().failures, [run.id]: messageOf(error) } });
  }
}

/** One page of each metric, and the names of those that have more. */
async function readPage(
  workspace: string,
  { facts, curves: known }: RunData,
  names: string[],
): Promise<{ data: RunData; more: string[] }> {
  const wanted = names.map((name) => ({ name, since: lastStepOf(known[name] ?? emptyCurve) }));
  const { series } = await request('run.series', { workspace, run: facts.run, wanted });
  const curves = { ...known };
  for (const page of series) curves[page.name] = appendPoints(curves[page.name] ?? emptyCurve, unpackPage(page));
  const more = series.filter((page) => page.more).map(({ name }) => name);
  return { data: { facts, curves, complete: more.length === 0 }, more };
}

/** Nothing is new: curves are compared by what they are, since they change with every point. */
function isSame(a: RunData, b: RunData): boolean {
  const names = new Set([...Object.keys(a.curves), ...Object.keys(b.curves)]);
  return (
    a.complete === b.complete &&
    [...names].every((name) => a.curves[name] === b.curves[name]) &&
    JSON.stringify(a.facts) === JSON.stringify(b.facts)
  );
}

function keep(workspace: string, run: string, data: RunData): void {
  if (get().workspace !== workspace) return;
  const failures = Object.fromEntries(Object.entries(get().failures).filter(([id]) => id !== run));
  set({ data: { ...get().data, [run]: data }, failures });
}
