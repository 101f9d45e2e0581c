/** @file Imported before everything that makes schemas: zod compiles them with `eval`, which the page forbids. */

import { config } from 'zod';

config({ jitless: true });
