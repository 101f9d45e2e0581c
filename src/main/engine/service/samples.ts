/** @file Samples as the window shows them: picture, path, caption, size. */

import type { SampleView } from '../../../preload/contract.ts';

/** Of the table `samples s`. */
export const sampleColumns = 's.id AS sample, s.path, s.caption, s.width, s.height, s.file IS NOT NULL AS hasPicture';
export type SampleRow = Omit<SampleView, 'hasPicture'> & { hasPicture: 0 | 1 };

export const sampleView = ({ sample, path, caption, width, height, hasPicture }: SampleRow): SampleView => ({
  sample,
  path,
  caption,
  width,
  height,
  hasPicture: hasPicture === 1,
});
