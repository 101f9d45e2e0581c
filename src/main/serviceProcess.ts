/** @file Starts the service, passes requests to it, and starts it again when it dies. */

import { fork, type ChildProcess } from 'node:child_process';
import { existsSync } from 'node:fs';
import path from 'node:path';
import type { EventName, Reply, ServiceState } from '../preload/contract.ts';
import {
  serviceMessage,
  type ServiceChannel,
  type ServiceParams,
  type ServiceResult,
} from './engine/service/protocol.ts';

/** More crashes than this within the time below, and a person has to look. */
const crashesAllowed = 5;
const crashWindowMs = 60_000;
const restartAfterMs = 300;

export interface ServiceProcess {
  request: <C extends ServiceChannel>(
    channel: C,
    params: ServiceParams<C>,
    dir?: string,
  ) => Promise<Reply<ServiceResult<C>>>;
  state: () => ServiceState;
  /** After it failed for good. */
  restart: () => void;
  /** Jobs go on; only the service ends. */
  stop: () => void;
}

export function startService(
  appDir: string,
  onState: (state: ServiceState) => void,
  onEvent: (event: EventName, payload: unknown) => void,
): ServiceProcess {
  const waiting = new Map<number, (reply: Reply<never>) => void>();
  let child: ChildProcess | undefined;
  let state: ServiceState = { state: 'starting', message: null };
  let nextId = 1;
  let crashes: number[] = [];
  let stopping = false;

  const tell = (next: ServiceState): void => {
    state = next;
    onState(next);
  };

  function start(): void {
    // Electron's own runtime cannot load the engine's native modules: the service is plain Node, as the command line is
    const execPath = path.join(appDir, 'node_modules', '.bin', 'node');
    if (!existsSync(execPath)) {
      tell({ state: 'failed', message: `Node is missing at ${execPath}. Run: npm run setup` });
      return;
    }
    const started = fork(path.join(appDir, 'src/main/engine/service.ts'), [], {
      execPath,
      execArgv: [],
      serialization: 'json',
      stdio: ['ignore', 'inherit', 'pipe', 'ipc'],
    });
    child = started;
    let lastWords = '';
    started.stderr?.on('data', (chunk: Buffer) => {
      process.stderr.write(chunk);
      lastWords = (lastWords + chunk.toString()).slice(-2000);
    });
    started.on('message', receive);
    started.on('error', (error) => {
      lastWords += error.message;
      started.kill();
    });
    started.on('close', (code, signal) => {
      if (child !== started) return;
      child = undefined;
      ended(lastWords.trim() || (signal ? `It was ended by ${signal}.` : `It ended with exit code ${code ?? '?'}.`));
    });
  }

  function receive(raw: unknown): void {
    const message = serviceMessage.parse(raw);
    if ('ready' in message) tell({ state: 'running', message: null });
    else if ('event' in message) onEvent(message.event, message.payload);
    else {
      waiting.get(message.id)?.(message as Reply<never>);
      waiting.delete(message.id);
    }
  }

  function ended(reason: string): void {
    for (const answer of waiting.values())
      answer(unavailable('The service stopped while it worked on this. Try again.'));
    waiting.clear();
    if (stopping) return;
    const now = Date.now();
    crashes = [...crashes.filter((time) => now - time < crashWindowMs), now];
    if (crashes.length > crashesAllowed) {
      tell({ state: 'failed', message: `The service stopped ${crashes.length} times within a minute. ${reason}` });
      return;
    }
    tell({ state: 'restarting', message: reason });
    setTimeout(start, restartAfterMs);
  }

  start();
  return {
    request: (channel, params, dir) =>
      new Promise((resolve) => {
        if (!child?.connected) {
          resolve(unavailable(state.message ?? 'The service is starting. Try again in a moment.'));
          return;
        }
        const id = nextId++;
        waiting.set(id, resolve);
        child.send({ id, channel, dir, params });
      }),
    state: () => state,
    restart: () => {
      if (child) return;
      crashes = [];
      tell({ state: 'starting', message: null });
      start();
    },
    stop: () => {
      stopping = true;
      child?.disconnect();
    },
  };
}

function unavailable(message: string): Reply<never> {
  return { ok: false, error: { name: 'ServiceUnavailable', message } };
}
