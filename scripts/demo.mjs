/** @file npm run demo: set-up, the pictures, then the whole pipeline on them; options are those of `distillery demo`. */

import { fetchDemoPictures } from './lib/demoPictures.mjs';
import { runDistillery } from './lib/node24.mjs';
import { main } from './lib/main.mjs';
import { setUp } from './setup.mjs';

await main(async (args) => {
  await setUp({ window: false });
  const source = await fetchDemoPictures(console.log);
  return runDistillery(['demo', '--source', source, ...args]);
});
