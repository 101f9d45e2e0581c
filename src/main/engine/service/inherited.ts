/** @file Electron leaves its files and sockets open in the processes that it starts; a job would hold them for hours. */

import { closeSync, readdirSync, readlinkSync } from 'node:fs';

/** Standard streams and the channel to main. */
const wanted = 4;

/** Closes what came from the parent beyond that: the same number and the same file on both sides. Linux only. */
export function closeInherited(): void {
  for (const name of list('/proc/self/fd')) {
    try {
      const target = readlinkSync(`/proc/self/fd/${name}`);
      // event queues have no identity of their own, and hold nothing
      const shared = !target.startsWith('anon_inode:') && target === readlinkSync(`/proc/${process.ppid}/fd/${name}`);
      if (shared && Number(name) >= wanted) closeSync(Number(name));
    } catch {
      // closed meanwhile, as the descriptor of the listing itself
    }
  }
}

function list(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}
