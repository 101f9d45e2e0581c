/** @file The search process of the service: computes, and keeps the last teacher ready for the next question. */

import '../nativeSettings.ts';
import { UsageError, messageOf } from '../errors.ts';
import { silentContext } from '../progress.ts';
import { run, type OpenTeacher } from '../search/run.ts';
import type { QueryEncoder } from '../search/teacher.ts';
import { openWorkspace } from '../store/workspace.ts';
import { toSearch, type FromSearch, type ToSearch } from './searchMessages.ts';

/** One: a large teacher takes gigabytes. */
let held: { key: string; encoder: Promise<QueryEncoder> } | undefined;

const open: OpenTeacher = async (dir, set, model) => {
  const { fingerprint, reference } = set.manifest;
  const key = JSON.stringify([dir, set.dir, fingerprint, reference, model]);
  if (held?.key !== key) {
    const last = await held?.encoder.catch(() => undefined);
    last?.dispose();
    const { openTeacher } = await import('../search/teacher.ts');
    held = { key, encoder: openTeacher(dir, set, model) };
    // what failed is tried again: the person may have put the model back
    held.encoder.catch(() => (held = undefined));
  }
  return held.encoder;
};

let last: Promise<unknown> = Promise.resolve();
process.on('SIGINT', () => undefined);
process.on('disconnect', () => process.exit(0));
process.on('message', (message) => {
  const task = toSearch.parse(message);
  // one after the other: each uses all of a core
  last = last.then(() => answer(task));
});

async function answer({ id, dir, request }: ToSearch): Promise<void> {
  try {
    const workspace = openWorkspace(dir);
    try {
      const { teacher, searched, hits } = await run(workspace, request, silentContext(), open);
      say({ id, answer: { teacher, searched, hits } });
    } finally {
      workspace.close();
    }
  } catch (error) {
    say({ id, error: messageOf(error), usage: error instanceof UsageError });
  }
}

function say(message: FromSearch): void {
  if (process.connected) process.send!(message);
}
