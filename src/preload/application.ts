/** @file The window itself: its theme, its folders, the service behind it, the commands of its menu. Part of the contract. */

import { z } from 'zod';
import { annotatorName, folder, inWorkspace, nothing, time, workspaceId } from './common.ts';

export const themeSchema = z.enum(['system', 'light', 'dark']);
export type Theme = z.infer<typeof themeSchema>;

const workspaceInfo = z.object({ id: workspaceId, name: z.string(), dir: z.string() });
export type WorkspaceInfo = z.infer<typeof workspaceInfo>;

const recentWorkspace = z.object({ dir: z.string(), openedAt: time });
export type RecentWorkspace = z.infer<typeof recentWorkspace>;

export const serviceState = z.object({
  state: z.enum(['starting', 'running', 'restarting', 'failed']),
  /** Why it is not running. */
  message: z.string().nullable(),
});
export type ServiceState = z.infer<typeof serviceState>;

/** Keys and the menu say the same. */
export const menuCommand = z.enum([
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

/** Answered by main itself. */
export const applicationRequests = {
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
  'clipboard.write': { params: z.object({ text: z.string().max(1_000_000) }), result: nothing },
} as const;
