/** @file Gives tasks to the thread, which starts with the first one and never keeps the service from ending. */

import { Worker } from 'node:worker_threads';
import { DistilleryError, messageOf } from '../../errors.ts';
import { fromThread, type Task } from './tasks.ts';

interface Waiting {
  resolve: (value: unknown) => void;
  reject: (error: Error) => void;
}

let thread: Worker | undefined;
let nextId = 1;
const waiting = new Map<number, Waiting>();
/** By folder: who is told how far the index of captions is. */
const listeners = new Map<string, (progress: { done: number; total: number }) => void>();

/** The answer to a task. @throws as the work does */
export function give(dir: string, task: Task): Promise<unknown> {
  thread ??= start();
  const id = nextId++;
  return new Promise((resolve, reject) => {
    waiting.set(id, { resolve, reject });
    thread!.postMessage({ id, dir, task });
  });
}

export function onIndexing(dir: string, listener: (progress: { done: number; total: number }) => void): void {
  listeners.set(dir, listener);
}

/** Lets go of a workspace's database. */
export async function letGo(dir: string): Promise<void> {
  listeners.delete(dir);
  if (thread) await give(dir, { kind: 'close' });
}

/** For tests. */
export async function endThread(): Promise<void> {
  await thread?.terminate();
  thread = undefined;
}

function start(): Worker {
  const worker = new Worker(new URL('./thread.ts', import.meta.url));
  worker.unref();
  worker.on('message', (raw: unknown) => {
    const message = fromThread.parse(raw);
    if ('dir' in message) {
      listeners.get(message.dir)?.(message.indexing);
      return;
    }
    const asked = waiting.get(message.id);
    waiting.delete(message.id);
    if ('error' in message)
      asked?.reject(Object.assign(new Error(message.error.message), { name: message.error.name }));
    else asked?.resolve(message.value);
  });
  worker.on('error', (error: unknown) => {
    if (thread === worker) thread = undefined;
    const failure = new DistilleryError(`The thread that lists pictures ended: ${messageOf(error)}`, { cause: error });
    for (const { reject } of waiting.values()) reject(failure);
    waiting.clear();
  });
  return worker;
}
