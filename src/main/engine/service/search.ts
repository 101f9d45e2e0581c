/**
 * @file Questions by meaning: a process of their own computes them, since loading a teacher and running it block the process that
 * does. It starts with the first question and is let go when none came for a while.
 */

import { fork, type ChildProcess } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { Params, Progress, Result } from '../../../preload/contract.ts';
import { CancelledError, DistilleryError, UsageError } from '../errors.ts';
import type { Workspace } from '../store/workspace.ts';
import { sampleColumns, sampleView, type SampleRow } from './samples.ts';
import { fromSearch, type FromSearch, type SearchAnswer, type SearchTask, type ToSearch } from './searchMessages.ts';

const workerFile = fileURLToPath(new URL('./searchWorker.ts', import.meta.url));
const idleMs = 5 * 60_000;

type Tell = (progress: Progress) => void;

interface Waiting {
  asker: string;
  tell: Tell;
  resolve: (answer: SearchAnswer) => void;
  reject: (error: Error) => void;
}

let child: ChildProcess | undefined;
let idle: NodeJS.Timeout | undefined;
let nextId = 1;
const waiting = new Map<number, Waiting>();

/**
 * @throws {UsageError} where the dataset is gone or not embedded, or its teacher is not found.
 * @throws {CancelledError} when the asker stopped it or asked something else
 */
export async function searchSamples(
  workspace: Workspace,
  { asker, dataset, teacher, query, which, limit }: Omit<Params<'search.run'>, 'workspace'>,
  tell: Tell,
): Promise<Result<'search.run'>> {
  const { sqlite, dir } = workspace;
  const name = sqlite.prepare<[number], string>('SELECT name FROM datasets WHERE id = ?').pluck().get(dataset);
  if (name === undefined) throw new UsageError(`There is no dataset ${dataset} any more.`);
  const { text, sample, picture } = query;
  stopSearch(asker);
  const request = {
    dataset: name,
    ...(teacher !== null && { teacher }),
    query: {
      ...(text !== undefined && { text }),
      ...(picture !== undefined && { pictures: [picture] }),
      ...(sample !== undefined && { samples: [sample] }),
    },
    ...{ which, limit },
  };
  const { hits, ...numbers } = await ask({ asker, tell, dir, request });
  const view = sqlite.prepare<[number], SampleRow>(`SELECT ${sampleColumns} FROM samples s WHERE s.id = ?`);
  const rows = hits.flatMap(({ sampleId, ...hit }) => {
    const row = view.get(sampleId);
    return row ? [{ ...sampleView(row), ...hit }] : [];
  });
  return { ...numbers, rows };
}

/** A teacher that is being loaded for it is loaded to its end: the next question needs it. */
export function stopSearch(asker: string): void {
  for (const [id, { asker: of, reject }] of waiting) {
    if (of !== asker) continue;
    waiting.delete(id);
    say({ stop: id });
    reject(new CancelledError('The search was stopped.'));
  }
  rest();
}

/** Ends the process now, for tests. */
export function endSearchProcess(): void {
  clearTimeout(idle);
  if (child?.connected) child.disconnect();
  child = undefined;
}

function ask({
  asker,
  tell,
  ...task
}: Pick<Waiting, 'asker' | 'tell'> & Omit<SearchTask, 'id'>): Promise<SearchAnswer> {
  clearTimeout(idle);
  child ??= start();
  const id = nextId++;
  return new Promise((resolve, reject) => {
    waiting.set(id, { asker, tell, resolve, reject });
    say({ id, ...task });
  });
}

/** A process that is gone is told by its `close`. */
function say(message: ToSearch): void {
  if (child?.connected) child.send(message, () => undefined);
}

/** Lets the process go after a while without a question. */
function rest(): void {
  clearTimeout(idle);
  if (waiting.size === 0) idle = setTimeout(endSearchProcess, idleMs).unref();
}

function start(): ChildProcess {
  const started = fork(workerFile, [], { execArgv: [], stdio: ['ignore', 'ignore', 'pipe', 'ipc'] });
  let lastWords = '';
  started.stderr!.setEncoding('utf8').on('data', (text: string) => {
    lastWords = text.trim().split('\n').at(-1) ?? '';
  });
  started.on('message', (message) => {
    hear(fromSearch.parse(message));
  });
  started.on('close', (code, signal) => {
    if (child !== started) return;
    child = undefined;
    const reason = signal ?? (lastWords || `exit code ${code ?? '?'}`);
    for (const { reject } of waiting.values())
      reject(new DistilleryError(`The search ended early (${reason}). Try again.`));
    waiting.clear();
  });
  // the service may end whenever it likes
  started.unref();
  started.channel?.unref();
  return started;
}

function hear(message: FromSearch): void {
  const asked = waiting.get(message.id);
  if ('progress' in message) {
    asked?.tell(message.progress);
    return;
  }
  waiting.delete(message.id);
  if ('answer' in message) asked?.resolve(message.answer);
  else asked?.reject(message.usage ? new UsageError(message.error) : new DistilleryError(message.error));
  rest();
}
