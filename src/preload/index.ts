/** @file The bridge of the sandboxed window: three functions, no logic. Main checks what comes through. */

import { contextBridge, ipcRenderer, webUtils } from 'electron';
import type { Bridge, EventName, ipc as names, Payload } from './contract.ts';

// the values of `ipc` in the contract; importing it would load zod into every window
const ipc = {
  request: 'distillery:request',
  event: 'distillery:event',
} as const satisfies typeof names;

const bridge: Bridge = {
  request: (channel, params) => ipcRenderer.invoke(ipc.request, channel, params) as Promise<never>,
  on: (event, listener) => {
    const forward = (_: unknown, name: EventName, payload: unknown): void => {
      if (name === event) listener(payload as Payload<typeof event>);
    };
    ipcRenderer.on(ipc.event, forward);
    return () => {
      ipcRenderer.off(ipc.event, forward);
    };
  },
  pathOf: (file) => webUtils.getPathForFile(file),
};

contextBridge.exposeInMainWorld('distillery', bridge);
