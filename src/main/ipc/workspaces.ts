/** @file Which workspaces were opened in this session, and in which window: nothing else can be asked about. */

import type { WorkspaceInfo } from '../../preload/contract.ts';

export interface OpenWorkspaces {
  /** By the id that the window uses. @throws when it was not opened. */
  get: (id: string) => WorkspaceInfo;
  find: (id: string) => WorkspaceInfo | undefined;
  /** What a window (by the id of its contents) shows. */
  of: (window: number) => WorkspaceInfo | undefined;
  open: (window: number, info: WorkspaceInfo) => void;
  /** Returns the workspace when no other window shows it. */
  close: (window: number) => WorkspaceInfo | undefined;
  windowsOf: (id: string) => number[];
}

export function openWorkspaces(): OpenWorkspaces {
  const shown = new Map<number, WorkspaceInfo>();
  const find = (id: string): WorkspaceInfo | undefined => [...shown.values()].find((info) => info.id === id);
  const windowsOf = (id: string): number[] => [...shown].filter(([, info]) => info.id === id).map(([window]) => window);
  return {
    find,
    windowsOf,
    get: (id) => {
      const info = find(id);
      if (!info) throw new Error('This workspace is not open.');
      return info;
    },
    of: (window) => shown.get(window),
    open: (window, info) => {
      shown.set(window, info);
    },
    close: (window) => {
      const info = shown.get(window);
      shown.delete(window);
      return info && windowsOf(info.id).length === 0 ? info : undefined;
    },
  };
}
