/**
 * @file The sets of the paper by name: 14 of the linear probe and 5 of robustness, with metric and sizes as CLIP's protocol has them
 * (Radford et al. 2021, table 9), and two small ones to begin with. The pictures are not ours to hand out: see where they come from.
 */

import { stat } from 'node:fs/promises';
import path from 'node:path';
import { UsageError } from '../errors.ts';
import type { EvaluationResult, Task } from './results.ts';

export type SuiteName = 'linear-probe' | 'robustness';

export interface RegisteredSet {
  /** As CLIP_benchmark calls it. */
  name: string;
  title: string;
  suite?: SuiteName;
  metric: 'top1' | 'meanPerClass';
  classes: number;
  /** Images; training images are 0 where there are none. */
  train: number;
  test: number;
  /** Where to get it. */
  source: string;
  /** Where it has more than the usual layouts. */
  layout?: string;
  /** Used where the data brings none: names of resources/clip or the names themselves. */
  classNames?: 'imagenet' | 'imagenet-subset' | string[];
  templates?: 'imagenet';
}

export const suites: Record<SuiteName, { title: string; task: Task; sets: number }> = {
  'linear-probe': { title: 'Linear probe, average of 14 sets', task: 'linear-probe', sets: 14 },
  robustness: { title: 'Zero-shot robustness, average of 5 sets', task: 'zero-shot', sets: 5 },
};

const probe = (
  name: string,
  title: string,
  [classes, train, test]: [number, number, number],
  source: string,
  more: Partial<RegisteredSet> = {},
): RegisteredSet => ({ name, title, suite: 'linear-probe', metric: 'top1', classes, train, test, source, ...more });

const robust = (
  name: string,
  title: string,
  [classes, test]: [number, number],
  source: string,
  classNames?: 'imagenet' | 'imagenet-subset',
): RegisteredSet => ({
  ...{ name, title, suite: 'robustness', metric: 'top1', classes, train: 0, test, source, templates: 'imagenet' },
  ...(classNames
    ? { classNames }
    : { layout: 'WebDataset with classnames.txt, or give --classnames FILE.json of folder names to class names' }),
});

const oxford = 'https://www.robots.ox.ac.uk/~vgg/data';
const cifar = 'https://www.cs.toronto.edu/~kriz/cifar.html';
const perClass = { metric: 'meanPerClass' } as const;

export const registeredSets: readonly RegisteredSet[] = [
  probe('food101', 'Food-101', [101, 75_750, 25_250], 'https://data.vision.ee.ethz.ch/cvl/datasets_extra/food-101/'),
  probe('cifar10', 'CIFAR-10', [10, 50_000, 10_000], cifar, { layout: 'the binary version, cifar-10-batches-bin' }),
  probe('cifar100', 'CIFAR-100', [100, 50_000, 10_000], cifar, { layout: 'the binary version, cifar-100-binary' }),
  probe('birdsnap', 'Birdsnap', [500, 42_283, 2149], 'https://thomasberg.org/'),
  probe('cars', 'Stanford Cars', [196, 8144, 8041], 'https://ai.stanford.edu/~jkrause/cars/car_dataset.html'),
  probe('fgvc_aircraft', 'FGVC Aircraft', [100, 6667, 3333], `${oxford}/fgvc-aircraft/`, perClass),
  probe('dtd', 'Describable Textures', [47, 3760, 1880], `${oxford}/dtd/`),
  probe('pets', 'Oxford-IIIT Pets', [37, 3680, 3669], `${oxford}/pets/`, perClass),
  probe('caltech101', 'Caltech-101', [102, 3060, 6085], 'https://data.caltech.edu/records/mzrjq-6wc02', perClass),
  probe('flowers', 'Oxford Flowers 102', [102, 2040, 6149], `${oxford}/flowers/102/`, perClass),
  probe('sun397', 'SUN397', [397, 19_850, 19_850], 'https://vision.princeton.edu/projects/2010/SUN/'),
  probe('stl10', 'STL-10', [10, 1000, 8000], 'https://cs.stanford.edu/~acoates/stl10/', {
    layout: 'the binary version, stl10_binary',
  }),
  probe('eurosat', 'EuroSAT', [10, 10_000, 5000], 'https://github.com/phelber/EuroSAT'),
  probe('imagenet1k', 'ImageNet', [1000, 1_281_167, 50_000], 'https://image-net.org/', {
    ...{ layout: 'train/ and val/ with a folder a class, named as on image-net.org (n01440764, ...)' },
    ...{ classNames: 'imagenet', templates: 'imagenet' },
  }),
  robust('imagenetv2', 'ImageNet-V2', [1000, 10_000], 'https://github.com/modestyachts/ImageNetV2', 'imagenet'),
  robust(
    'imagenet-a',
    'ImageNet-A',
    [200, 7500],
    'https://github.com/hendrycks/natural-adv-examples',
    'imagenet-subset',
  ),
  robust('imagenet-r', 'ImageNet-R', [200, 30_000], 'https://github.com/hendrycks/imagenet-r', 'imagenet-subset'),
  robust('objectnet', 'ObjectNet', [113, 18_574], 'https://objectnet.dev/'),
  robust(
    'imagenet_sketch',
    'ImageNet-Sketch',
    [1000, 50_889],
    'https://github.com/HaohanWang/ImageNet-Sketch',
    'imagenet',
  ),
  {
    ...{ name: 'mnist', title: 'MNIST', metric: 'top1', classes: 10, train: 60_000, test: 10_000 },
    ...{ source: 'https://ossci-datasets.s3.amazonaws.com/mnist/', layout: 'the four IDX files, packed or not' },
    classNames: ['0', '1', '2', '3', '4', '5', '6', '7', '8', '9'],
  },
  {
    ...{ name: 'fashion-mnist', title: 'Fashion-MNIST', metric: 'top1', classes: 10, train: 60_000, test: 10_000 },
    source: 'https://github.com/zalandoresearch/fashion-mnist, or the Debian package dataset-fashion-mnist',
    layout: 'the four IDX files, packed or not',
    classNames: 'T-shirt/top,Trouser,Pullover,Dress,Coat,Sandal,Shirt,Sneaker,Bag,Ankle boot'.split(','),
  },
];

export const findSet = (name: string): RegisteredSet | undefined => registeredSets.find((set) => set.name === name);

export const setsOf = (suite: SuiteName): RegisteredSet[] => registeredSets.filter((set) => set.suite === suite);

/** Where a set lies under the folder of all sets, under its own name or that of CLIP_benchmark's archives; undefined where it is not there. */
export async function locate({ name }: RegisteredSet, root: string): Promise<string | undefined> {
  const stems = [name, `wds_${name}`, `wds_vtab-${name}`];
  const names = [...stems, ...['.csv', '.tsv', '.jsonl'].map((ending) => name + ending)];
  for (const candidate of names.map((one) => path.join(root, one))) {
    if (await stat(candidate).catch(() => undefined)) return candidate;
  }
  return undefined;
}

/** @throws {UsageError} saying what is expected where, and where to get it */
export async function locateOrExplain(set: RegisteredSet, root: string): Promise<string> {
  const found = await locate(set, root);
  if (found !== undefined) return found;
  const folder = path.resolve(root, set.name);
  throw new UsageError(
    `${set.title} is not in ${path.resolve(root)}. Get it from ${set.source} and put it in ${folder} (${layoutOf(set)}), or name the folder of all sets with --root DIR.`,
  );
}

/** What may lie in the folder of a set. */
export function layoutOf({ layout, train }: RegisteredSet): string {
  const splits = train > 0 ? 'train/ and test/' : 'test/';
  const usual = `${splits} with class folders or .tar shards, or a table with path, label and split beside it`;
  return layout === undefined ? usual : `${layout}; or ${usual}`;
}

/** How the data differs from what is known of the set, in words; empty where it is the same. */
export function differences(set: RegisteredSet, result: EvaluationResult): string[] {
  if (result.task === 'retrieval') return [];
  const tested = 'test' in result ? result.test : result.images;
  const compare = (what: string, found: number, known: number): string[] =>
    found === known
      ? []
      : [`${set.title} has ${known} ${what}, here are ${found}: the result compares with no published one`];
  return [...compare('classes', result.classes, set.classes), ...compare('test images', tested, set.test)];
}
