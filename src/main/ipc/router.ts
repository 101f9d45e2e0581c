/** @file Takes requests from windows: checks who asks and what, then answers or passes them to the service. */

import { BrowserWindow, ipcMain, type IpcMainInvokeEvent } from 'electron';
import { z } from 'zod';
import type { workspaceRequests } from '../../preload/contract.ts';
import {
  ipc,
  mainRequests,
  requests,
  type Channel,
  type EventName,
  type Payload,
  type Reply,
} from '../../preload/contract.ts';
import { isOwnPage } from '../protocol.ts';
import { mainHandlers, type MainContext } from './handlers.ts';

export function routeRequests(context: MainContext): void {
  const handlers = mainHandlers(context);

  ipcMain.handle(ipc.request, async (event, channel: unknown, params: unknown): Promise<Reply<unknown>> => {
    try {
      const window = senderWindow(event);
      const name = parseChannel(channel);
      if (name in mainRequests) {
        const handler = handlers[name as keyof typeof handlers] as (
          window: Electron.BrowserWindow,
          params: unknown,
        ) => unknown;
        return { ok: true, value: await handler(window, parseParams(name, params)) };
      }
      const request = parseParams(name, params) as { workspace: string };
      const { dir } = context.workspaces.get(request.workspace);
      return await context.service.request(name as keyof typeof workspaceRequests, request, dir);
    } catch (error) {
      return { ok: false, error: errorReply(error) };
    }
  });
}

/** To one window, or to every window that shows the workspace of the payload. */
export function sendEvent<E extends EventName>(window: Electron.BrowserWindow, event: E, payload: Payload<E>): void {
  if (!window.isDestroyed()) window.webContents.send(ipc.event, event, payload);
}

/** @throws when a frame asks that is not the page of one of our windows. */
function senderWindow(event: IpcMainInvokeEvent): Electron.BrowserWindow {
  const window = BrowserWindow.fromWebContents(event.sender);
  const frame = event.senderFrame;
  if (!window || !frame || frame !== event.sender.mainFrame || !isOwnPage(frame.url)) {
    throw new Error('Requests come from the windows of Distillery only.');
  }
  return window;
}

function parseChannel(channel: unknown): Channel {
  if (typeof channel === 'string' && Object.hasOwn(requests, channel)) return channel as Channel;
  throw new Error(`There is no request ${String(channel)}.`);
}

function parseParams(channel: Channel, params: unknown): unknown {
  const parsed = requests[channel].params.safeParse(params);
  if (parsed.success) return parsed.data;
  throw Object.assign(new Error(`${channel}: ${z.prettifyError(parsed.error)}`), { name: 'InvalidRequest' });
}

function errorReply(error: unknown): { name: string; message: string } {
  return error instanceof Error
    ? { name: error.name, message: error.message }
    : { name: 'Error', message: String(error) };
}
