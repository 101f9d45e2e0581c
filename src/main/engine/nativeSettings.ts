/** @file Settings of native libraries, which read them from the environment: imported first by every program of ours. */

import { availableParallelism } from 'node:os';

// The threads that read files and decode pictures are those of the whole process; libuv starts four.
process.env['UV_THREADPOOL_SIZE'] ??= String(Math.max(4, availableParallelism()));

// Kilobytes times 1000 that libjpeg may hold; for JPEGs in several scans that do not say that they are progressive, which
// clip/pictureLimits.ts cannot know.
process.env['JPEGMEM'] ??= '2200M';
