/** @file The service process: answers main about workspaces and tells what changes in them. Plain Node, no Electron. */

import './nativeSettings.ts';
import { createHash } from 'node:crypto';
import { readdirSync, realpathSync, statSync } from 'node:fs';
import path from 'node:path';
import type { WorkspaceInfo } from '../../preload/contract.ts';
import { DistilleryError, messageOf, UsageError } from './errors.ts';
import { closeBrowse, tellIndexing } from './service/browse.ts';
import { handlers, type OpenWorkspace } from './service/handlers.ts';
import { closeInherited } from './service/inherited.ts';
import { mapPoints } from './service/mapPoints.ts';
import { picture } from './service/pictures.ts';
import { evaluationPicture } from './service/results.ts';
import { previewPicture } from './service/preview.ts';
import { writeSeries } from './service/runs.ts';
import {
  allRequests,
  isWorkspaceChannel,
  requestMessage,
  type Emit,
  type RequestMessage,
  type ServiceMessage,
  type ServiceParams,
} from './service/protocol.ts';
import { watchWorkspace } from './service/watch.ts';
import { setJobEnvironment } from './service/startJob.ts';
import { isWorkspace, openWorkspace } from './store/workspace.ts';

/** By folder. Opened when they are first asked about, so a service that was restarted needs no telling. */
const opened = new Map<string, OpenWorkspace & { info: WorkspaceInfo }>();

closeInherited();
process.on('message', (message) => {
  void answer(requestMessage.parse(message));
});
// main is gone: jobs go on, the service does not
process.on('disconnect', () => {
  for (const dir of opened.keys()) close(dir);
  process.exit(0);
});
send({ ready: true });

function send(message: ServiceMessage): void {
  if (process.connected) process.send?.(message);
}

async function answer({ id, channel, dir, params }: RequestMessage): Promise<void> {
  try {
    const value = allRequests[channel].result.parse(
      await handle(channel, dir, allRequests[channel].params.parse(params)),
    );
    send({ id, ok: true, value });
  } catch (error) {
    const name = error instanceof Error ? error.name : 'Error';
    send({ id, ok: false, error: { name, message: messageOf(error) } });
  }
}

async function handle(channel: RequestMessage['channel'], dir: string | undefined, params: unknown): Promise<unknown> {
  if (isWorkspaceChannel(channel)) {
    const handler = handlers[channel] as (open: OpenWorkspace, params: unknown) => unknown;
    return handler(open(dir ?? ''), params);
  }
  switch (channel) {
    case 'service.open': {
      const request = params as ServiceParams<typeof channel>;
      return open(request.dir, request.create).info;
    }
    case 'service.close':
      close((params as ServiceParams<typeof channel>).dir);
      return undefined;
    case 'service.evaluationPicture': {
      const request = params as ServiceParams<typeof channel>;
      return evaluationPicture(open(request.dir).workspace, request.evaluation, request.picture);
    }
    case 'service.picture': {
      const request = params as ServiceParams<typeof channel>;
      return picture(open(request.dir).workspace, request.sample, request.size);
    }
    case 'service.mapPoints': {
      const request = params as ServiceParams<typeof channel>;
      return mapPoints(open(request.dir).workspace, request.map);
    }
    case 'service.writeSeries': {
      const request = params as ServiceParams<typeof channel>;
      return writeSeries(open(request.dir).workspace, request);
    }
    case 'service.previewPicture': {
      const request = params as ServiceParams<typeof channel>;
      return previewPicture(request.token, request.pair);
    }
    case 'service.environment':
      setJobEnvironment((params as ServiceParams<typeof channel>).variables);
      return undefined;
  }
}

/** @throws {UsageError} where no workspace is, or where none may be made. */
function open(dir: string, create = false): OpenWorkspace & { info: WorkspaceInfo } {
  const known = opened.get(dir);
  if (known) return known;
  try {
    requireRoom(dir, create);
    const workspace = openWorkspace(dir);
    const real = realpathSync(workspace.dir);
    const info = {
      id: createHash('sha256').update(real).digest('hex').slice(0, 16),
      name: path.basename(real),
      dir: real,
    };
    const again = opened.get(real);
    if (again) {
      workspace.close();
      return again;
    }
    const emit: Emit = (event, payload) => {
      send({ event, payload: { workspace: info.id, ...payload } });
    };
    const entry = { workspace, info, emit, watch: watchWorkspace(workspace, emit) };
    opened.set(real, entry);
    tellIndexing(workspace.dir, emit);
    return entry;
  } catch (error) {
    if (error instanceof DistilleryError) throw error;
    throw new DistilleryError(`${dir} cannot be opened: ${messageOf(error)}`, { cause: error });
  }
}

/** @throws {UsageError} unless the folder holds a workspace, or may become one: nothing is put beside the files of others. */
function requireRoom(dir: string, create: boolean): void {
  if (isWorkspace(dir)) return;
  const entry = statSync(dir, { throwIfNoEntry: false });
  if (entry && !entry.isDirectory()) throw new UsageError(`${dir} is a file. Choose a folder.`);
  if (!create) {
    throw new UsageError(
      entry ? `${dir} is not a workspace: it has no workspace.sqlite.` : `There is no folder ${dir}.`,
    );
  }
  if (entry && readdirSync(dir).length > 0) {
    throw new UsageError(`${dir} is not empty. Choose an empty or a new folder for the workspace.`);
  }
}

function close(dir: string): void {
  const entry = opened.get(dir);
  entry?.watch.stop();
  if (entry) closeBrowse(entry.workspace.dir);
  entry?.workspace.close();
  opened.delete(dir);
}
