/** @file Runs one command: workspace, signals, job row, exit code. */

import { CancelledError, UsageError, messageOf } from '../errors.ts';
import { trackJob } from '../jobs.ts';
import type { StageContext } from '../progress.ts';
import { isWorkspace, openWorkspace, type Workspace } from '../store/workspace.ts';
import { humanOutput, jsonOutput } from './output.ts';

export interface Globals {
  workspace: string;
  json?: true | undefined;
}

export interface CommandResult {
  value: object;
  /** For people. */
  lines: string[];
}

export interface CommandOptions {
  /** Work that a window should see and can cancel. */
  job: boolean;
  /** Makes the workspace where there is none. */
  creates: boolean;
  /** Where the workspace is named elsewhere than on the command line. */
  workspaceOf?: () => Promise<string>;
}

export type Work = (workspace: Workspace, context: StageContext) => Promise<CommandResult>;

/** Runs the work on a workspace and sets the exit code: 0 done, 1 failed, 2 wrong usage, 130 cancelled. */
export function execute(globals: Globals, { job, creates, workspaceOf }: CommandOptions, work: Work): Promise<void> {
  return executeAlone(globals, async (context) => {
    const dir = workspaceOf ? await workspaceOf() : globals.workspace;
    if (!creates && !isWorkspace(dir)) {
      throw new UsageError(
        `There is no workspace in ${dir}. Name one with --workspace DIR, or import data to make one.`,
      );
    }
    const workspace = openWorkspace(dir);
    let tracker: ReturnType<typeof trackJob> | undefined;
    try {
      tracker = job ? trackJob(workspace, process.argv.slice(2)) : undefined;
      const result = await work(workspace, {
        ...context,
        onProgress: (progress) => {
          context.onProgress(progress);
          tracker?.progress(progress);
        },
      });
      tracker?.finish('done');
      return result;
    } catch (error) {
      tracker?.finish(error instanceof CancelledError ? 'cancelled' : 'failed', error);
      throw error;
    } finally {
      workspace.close();
    }
  });
}

/** The same for work that needs no workspace. */
export async function executeAlone(
  globals: Globals,
  work: (context: StageContext) => Promise<CommandResult>,
): Promise<void> {
  const output = globals.json ? jsonOutput() : humanOutput();
  const controller = new AbortController();
  const stop = (): void => {
    // the second time the user means it: what is on disk is complete at any moment
    if (controller.signal.aborted) process.exit(130);
    output.log('Stopping after the current unit of work; press Ctrl-C again to stop at once.');
    controller.abort();
  };
  process.on('SIGINT', stop).on('SIGTERM', stop);
  try {
    const result = await work({ signal: controller.signal, log: output.log, onProgress: output.onProgress });
    output.pause();
    output.result(result.value, result.lines);
  } catch (error) {
    output.pause();
    output.error(messageOf(error));
    if (process.env['DISTILLERY_DEBUG']) console.error(error);
    process.exitCode = error instanceof CancelledError ? 130 : error instanceof UsageError ? 2 : 1;
  } finally {
    process.off('SIGINT', stop).off('SIGTERM', stop);
  }
}
