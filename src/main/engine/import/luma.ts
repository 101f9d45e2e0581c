/**
 * @file The usual JPEG, decoded to its luma by libjpeg-turbo: a third of what sharp costs, which builds a pipeline of libvips for
 * each picture (docs/benchmarks.md). All coefficients are read, so a file that is cut or damaged shows; what is not of the
 * usual kind, large, or in any way odd is left to sharp, whose verdict counts.
 */

import turbo from '@julusian/jpeg-turbo';
import type { Luma } from '../quality/shrink.ts';
import { readJpegHead } from './jpegHead.ts';

/** Above, sharp is as fast: it can decode at a fraction of the size. */
const maximumPixels = 1 << 20;

/** Kept from picture to picture: fresh memory costs as much as the decoding of colour. */
let scratch: Buffer | undefined;

/** The luma of a whole JPEG, to be used before the next call; undefined where sharp is to look. */
export function decodeLuma(content: Buffer): Luma | undefined {
  const head = readJpegHead(content);
  if (head === undefined || head.width * head.height > maximumPixels) return undefined;
  scratch ??= Buffer.allocUnsafeSlow(maximumPixels);
  try {
    const { data, width, height } = turbo.decompressSync(content, scratch, { format: turbo.FORMAT_GRAY });
    return { data, width, height };
  } catch {
    return undefined; // it also throws for what can be decoded with a warning
  }
}
