/** @file What a person would type in a terminal for what the window starts. */

import { commandOf, type JobStart } from '../../preload/jobStart.ts';

/** Quoted for a shell where it has to be. */
export const shellWord = (text: string): string =>
  /^[\w%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", String.raw`'\''`)}'`;

export const commandLine = (job: JobStart, workspaceDir: string): string =>
  ['npx', 'distillery', ...commandOf(job), '--workspace', workspaceDir].map(shellWord).join(' ');
