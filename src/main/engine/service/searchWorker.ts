/** @file The search process of the service: computes, and keeps the last teacher ready for the next question. */

import '../nativeSettings.ts';
import { UsageError, messageOf } from '../errors.ts';
import { checkpoint, type Progress, type StageContext } from '../progress.ts';
import { run, type OpenTeacher } from '../search/run.ts';
import type { QueryEncoder } from '../search/teacher.ts';
import { openWorkspace } from '../store/workspace.ts';
import { toSearch, type FromSearch, type SearchTask } from './searchMessages.ts';

const tellEveryMs = 100;

/** One: a large teacher takes gigabytes. */
let held: { key: string; encoder: Promise<QueryEncoder> } | undefined;
/** Questions that have no answer yet. */
const stops = new Map<number, AbortController>();

const openFor =
  (context: StageContext): OpenTeacher =>
  async (dir, set, model) => {
    const { fingerprint, reference } = set.manifest;
    const key = JSON.stringify([dir, set.dir, fingerprint, reference, model]);
    if (held?.key !== key) {
      context.onProgress({ stage: 'loading the teacher', done: 0, total: 0, unit: '' });
      const last = await held?.encoder.catch(() => undefined);
      last?.dispose();
      const { openTeacher } = await import('../search/teacher.ts');
      held = { key, encoder: openTeacher(dir, set, model) };
      // what failed is tried again: the person may have put the model back
      held.encoder.catch(() => (held = undefined));
    }
    const encoder = await held.encoder;
    await checkpoint(context);
    return encoder;
  };

let last: Promise<unknown> = Promise.resolve();
process.on('SIGINT', () => undefined);
process.on('disconnect', () => process.exit(0));
process.on('message', (message) => {
  const task = toSearch.parse(message);
  if ('stop' in task) {
    stops.get(task.stop)?.abort();
    return;
  }
  stops.set(task.id, new AbortController());
  // one after the other: each uses all of a core
  last = last.then(() => answer(task));
});

async function answer({ id, dir, request }: SearchTask): Promise<void> {
  const { signal } = stops.get(id)!;
  const context: StageContext = { signal, onProgress: teller(id), log: () => undefined };
  try {
    // it may have been stopped while another was answered
    await checkpoint(context);
    const workspace = openWorkspace(dir);
    try {
      const { teacher, searched, hits } = await run(workspace, request, context, openFor(context));
      say({ id, answer: { teacher, searched, hits } });
    } finally {
      workspace.close();
    }
  } catch (error) {
    say({ id, error: messageOf(error), usage: error instanceof UsageError });
  } finally {
    stops.delete(id);
  }
}

/** The first of each stage, then some. */
function teller(id: number): (progress: Progress) => void {
  let [stage, told] = ['', 0];
  return (progress) => {
    const now = performance.now();
    if (progress.stage === stage && now - told < tellEveryMs) return;
    [stage, told] = [progress.stage, now];
    const { done, total, unit } = progress;
    say({ id, progress: { stage, done, total, unit } });
  };
}

function say(message: FromSearch): void {
  if (process.connected) process.send!(message);
}
