/** @file One image to evaluate on. */

import type { PictureSource } from '../pictureSource.ts';

export interface Example {
  picture: PictureSource;
  label?: string;
  captions: string[];
  split?: SplitName;
}

export type SplitName = 'train' | 'val' | 'test';

const splitNames: Record<string, SplitName> = {
  train: 'train',
  training: 'train',
  val: 'val',
  valid: 'val',
  validation: 'val',
  test: 'test',
};

/** The split that a folder or a cell names, if it does. */
export const splitOf = (name: string): SplitName | undefined => splitNames[name.trim().toLowerCase()];

/** Lines that are not empty, without surrounding space. */
export const lines = (text: string): string[] =>
  text
    .split(/\r?\n/)
    .map((line) => line.trim())
    .filter((line) => line !== '');
