/** @file What the parts of the contract have in common. */

import { z } from 'zod';

export const nothing = z.void();
export const count = z.int().nonnegative();
export const time = z.iso.datetime();
/** Only opening a workspace gives one. */
export const workspaceId = z.string().regex(/^[0-9a-f]{16}$/);
export const inWorkspace = z.object({ workspace: workspaceId });
export const folder = z.string().min(1).max(4096);
export const annotatorName = z.string().trim().min(1).max(100);
/** `total` is 0 while it is not known. */
export const progress = z.object({ stage: z.string(), done: z.number(), total: z.number(), unit: z.string() });
