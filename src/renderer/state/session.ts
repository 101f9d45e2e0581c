/** @file State of the window as a whole: service, theme, recent workspaces, which one is open, what went wrong. */

import { create } from 'zustand';
import type { RecentWorkspace, ServiceState, Theme, WorkspaceInfo } from '../../preload/contract.ts';
import { messageOf, request } from '../api/api.ts';

export interface Notice {
  kind: 'error' | 'info';
  text: string;
}

export interface OpenFailure {
  dir: string;
  message: string;
  /** The folder may become a workspace. */
  canCreate: boolean;
}

export interface Session {
  /** False until main has answered for the first time. */
  ready: boolean;
  version: string;
  theme: Theme;
  service: ServiceState;
  recent: RecentWorkspace[];
  workspace: WorkspaceInfo | null;
  /** Folder that is being opened. */
  opening: string | null;
  failure: OpenFailure | null;
  notice: Notice | null;
  helpShown: boolean;
  /** Of the open workspace. */
  view: View;
  /** Shown in the place of everything else. */
  page: Page | null;
  /** Who decides; null until somebody gave a name. */
  annotator: string | null;
  /** Name that the system proposes. */
  user: string;
  /** The name is being asked for. */
  annotatorAsked: boolean;
}

export const views = ['overview', 'browse', 'duplicates', 'clusters', 'data', 'runs', 'results'] as const;
export type View = (typeof views)[number];

/** About the application, not about a workspace. */
export type Page = 'settings' | 'doctor';

export const useSession = create<Session>(() => ({
  ready: false,
  version: '',
  theme: 'system',
  service: { state: 'starting', message: null },
  recent: [],
  workspace: null,
  opening: null,
  failure: null,
  notice: null,
  helpShown: false,
  view: 'overview',
  page: null,
  annotator: null,
  user: '',
  annotatorAsked: false,
}));

const set = useSession.setState;

export async function startSession(): Promise<void> {
  const { open, ...state } = await request('app.state');
  set({ ...state, ready: true });
  if (open !== null) await openWorkspace(open, false);
}

export async function chooseWorkspace(purpose: 'open' | 'create'): Promise<void> {
  const dir = await request('workspace.choose', { purpose });
  if (dir !== null) await openWorkspace(dir, purpose === 'create');
}

export async function openWorkspace(dir: string, make: boolean): Promise<void> {
  set({ opening: dir, failure: null });
  try {
    const workspace = await request('workspace.open', { dir, create: make });
    const { recent } = await request('app.state');
    set({ workspace, recent, view: 'overview', page: null });
  } catch (error) {
    const message = messageOf(error);
    set({ failure: { dir, message, canCreate: !make && message.includes('no workspace.sqlite') } });
  } finally {
    set({ opening: null });
  }
}

export async function closeWorkspace(): Promise<void> {
  const { workspace } = useSession.getState();
  if (!workspace) return;
  set({ workspace: null, view: 'overview' });
  await request('workspace.close', { workspace: workspace.id });
}

export async function forgetWorkspace(dir: string): Promise<void> {
  set({ recent: await request('workspace.forget', { dir }) });
}

export async function setTheme(theme: Theme): Promise<void> {
  set({ theme });
  await request('app.setTheme', { theme });
}

export const showView = (view: View): void => {
  set({ view, page: null });
};

export const showPage = (page: Page | null): void => {
  set({ page });
};

let giveName: ((name: string | null) => void) | undefined;

/** Who decides here; asks when nobody has said it yet. Null when the person gave none. */
export async function requireAnnotator(): Promise<string | null> {
  return useSession.getState().annotator ?? askAnnotator();
}

/** Asks for another name. */
export function askAnnotator(): Promise<string | null> {
  giveName?.(null);
  set({ annotatorAsked: true });
  return new Promise((resolve) => {
    giveName = resolve;
  });
}

/** The answer; null: not now. */
export async function answerAnnotator(name: string | null): Promise<void> {
  const annotator = name?.trim() ?? '';
  set(annotator === '' ? { annotatorAsked: false } : { annotatorAsked: false, annotator });
  if (annotator !== '') await request('app.setAnnotator', { annotator });
  giveName?.(annotator === '' ? null : annotator);
  giveName = undefined;
}

/** For work that nobody waits for: what goes wrong is shown. */
export function attempt(work: Promise<unknown>): void {
  work.catch((error: unknown) => {
    notify('error', messageOf(error));
  });
}

export function notify(kind: Notice['kind'], text: string): void {
  set({ notice: { kind, text } });
}

export const dismissNotice = (): void => {
  set({ notice: null });
};

export const showHelp = (helpShown: boolean): void => {
  set({ helpShown });
};
