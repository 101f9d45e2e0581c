/** @file One image to evaluate on. */

import type { Picture } from './picture.ts';

export interface Example {
  picture: Picture;
  /** Id, where it is a sample of a dataset of the workspace. */
  sample?: number;
  label?: string;
  captions: string[];
  split?: SplitName;
  /** Why it cannot be used, where the reader knows. */
  problem?: string;
}

/** What a source holds. */
export interface EvaluationData {
  /** By split: train, val, test, without one. */
  examples: Example[];
  /** In class order, where the data names its classes; labels are then places in it or names. */
  classNames?: string[];
  /** The label of each of these, where labels are WordNet's ids: n01440764. */
  classIds?: string[];
  /** Only classes that have images are to choose from. */
  onlyPresent?: boolean;
  /** Prompts with {} or {c} for the class name. */
  templates?: string[];
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
