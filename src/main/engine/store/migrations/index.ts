/** @file Migrations in order; PRAGMA user_version counts how many have run. Never edit one that has shipped. */

import { up as start } from './0001-start.ts';
import { up as repeatedImport } from './0002-import.ts';
import { up as scale } from './0003-scale.ts';
import { up as queue } from './0004-queue.ts';
import { up as review } from './0005-review.ts';

export const migrations = [start, repeatedImport, scale, queue, review];
