/** @file Two functions of node:util that tfjs-node calls; newer Nodes warn about them or have removed them. Import before tfjs. */

import util from 'node:util';

const shims = util as unknown as Record<string, unknown>;
shims['isNullOrUndefined'] = (value: unknown) => value === null || value === undefined;
shims['isArray'] = Array.isArray;
