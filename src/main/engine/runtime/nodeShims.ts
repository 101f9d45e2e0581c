/** @file Restores two functions of node:util that tfjs-node calls and Node 23 removed. Import before tfjs. */

import util from 'node:util';

const shims = util as unknown as Record<string, unknown>;
shims['isNullOrUndefined'] ??= (value: unknown) => value === null || value === undefined;
shims['isArray'] ??= Array.isArray;
