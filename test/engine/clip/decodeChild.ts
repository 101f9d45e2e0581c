/** @file Inspects and decodes the picture named on the command line; says the peak memory, the reason and the length. */

import { builtinConfig } from '../../../src/main/engine/clip/config.ts';
import { loadPixels } from '../../../src/main/engine/clip/preprocess.ts';
import { messageOf } from '../../../src/main/engine/errors.ts';
import { inspect } from '../../../src/main/engine/import/inspect.ts';

const file = process.argv[2]!;
const before = process.resourceUsage().maxRSS;
const { reason } = await inspect({ file });
const said = await loadPixels(file, builtinConfig('tiny-64')).then((pixels) => pixels.length, messageOf);
const mebibytes = (process.resourceUsage().maxRSS - before) / 1024;
console.log(`${mebibytes.toFixed(0)} ${reason} ${said}`);
