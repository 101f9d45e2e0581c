/** @file Prints the folder of the demo's photographs, fetched if need be: for a demo that starts in the window. */

import { fetchDemoPictures } from './lib/demoPictures.mjs';
import { main } from './lib/main.mjs';

await main(async () => {
  console.log(await fetchDemoPictures(console.error));
});
