/** @file vitest run test/engine/evaluate/data.test.ts */

import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { UsageError } from '../../../src/main/engine/errors.ts';
import { fillTemplate, readClasses, readTemplates } from '../../../src/main/engine/evaluate/classes.ts';
import type { Columns } from '../../../src/main/engine/evaluate/table.ts';
import { readData, type DataSource } from '../../../src/main/engine/evaluate/data.ts';
import { silentContext } from '../../../src/main/engine/progress.ts';
import { openWorkspace, timestamp, type Workspace } from '../../../src/main/engine/store/workspace.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'evaluate-'));
});
afterEach(async () => {
  await rm(folder, { recursive: true });
});

const at = (...parts: string[]): string => path.join(folder, ...parts);

async function write(files: Record<string, string>): Promise<void> {
  for (const [name, content] of Object.entries(files)) {
    await mkdir(path.dirname(at(name)), { recursive: true });
    await writeFile(at(name), content);
  }
}

const readExamples = async (source: DataSource, workspace?: Workspace, columns?: Columns) =>
  (await readData(source, workspace, silentContext(), columns)).examples;

describe('folder', () => {
  test('class folders in name order; other files, hidden ones and pictures without a class', async () => {
    await write({
      'pear/b.PNG': '',
      'pear/deep/a.jpg': '',
      'apple/x.webp': '',
      'apple/notes.txt': '',
      '.hidden/y.jpg': '',
      'loose.jpg': '',
    });
    expect(await readExamples(folder, undefined)).toEqual([
      { picture: at('apple', 'x.webp'), captions: [], label: 'apple' },
      { picture: at('loose.jpg'), captions: [] },
      { picture: at('pear', 'b.PNG'), captions: [], label: 'pear' },
      { picture: at('pear', 'deep', 'a.jpg'), captions: [], label: 'pear' },
    ]);
  });

  test('splits above the classes', async () => {
    await write({ 'train/a/1.jpg': '', 'validation/a/2.jpg': '', 'test/b/3.jpg': '' });
    expect(await readExamples(folder, undefined)).toEqual([
      { picture: at('train', 'a', '1.jpg'), captions: [], label: 'a', split: 'train' },
      { picture: at('validation', 'a', '2.jpg'), captions: [], label: 'a', split: 'val' },
      { picture: at('test', 'b', '3.jpg'), captions: [], label: 'b', split: 'test' },
    ]);
    // a class that happens to be called like a split does not make splits
    await write({ 'apple/4.jpg': '' });
    expect((await readExamples(folder, undefined)).map(({ label }) => label)).toEqual([
      'apple',
      'test',
      'train',
      'validation',
    ]);
  });

  test('captions beside the pictures', async () => {
    await write({
      '1.jpg': '',
      '1.txt': 'one\r\n\n two \n',
      '2.jpg': '',
      '2.json': '{"caption": "a", "captions": ["b"], "other": 1}',
      '3.jpg': '',
      '3.json': 'broken',
    });
    expect((await readExamples(folder, undefined)).map(({ captions }) => captions)).toEqual([
      ['one', 'two'],
      ['a', 'b'],
      [],
    ]);
  });

  test('links are followed, a loop of them ends', async () => {
    await write({ 'a/1.jpg': '' });
    await symlink(folder, at('a', 'loop'));
    await symlink(at('nowhere'), at('dead'));
    const examples = await readExamples(folder, undefined);
    expect(examples.length).toBeGreaterThan(0);
    expect(examples.length).toBeLessThan(20);
  });

  test('without pictures it is refused', async () => {
    await expect(readExamples(folder, undefined)).rejects.toThrow(UsageError);
    await expect(readExamples(at('missing'), undefined)).rejects.toThrow(/There is no/);
  });
});

describe('table', () => {
  test.each([
    ['comma.csv', 'filepath,title\n1.jpg,"one, a"\nsub/2.jpg,two\n'],
    ['tab.csv', '\uFEFFfilepath\ttitle\n1.jpg\tone, a\nsub/2.jpg\ttwo\n'],
    ['tab.tsv', 'File Path\tTitle\r\n1.jpg\tone, a\r\nsub/2.jpg\ttwo'],
    ['semicolon.csv', 'image;caption\n1.jpg;one, a\n\nsub/2.jpg;two\n'],
    ['lines.jsonl', '{"path":"1.jpg","text":"one, a"}\n\n{"path":"sub/2.jpg","text":"two"}\n{"text":"no picture"}\n'],
  ])('%s', async (name, content) => {
    await write({ [name]: content });
    expect(await readExamples(at(name), undefined)).toEqual([
      { picture: at('1.jpg'), captions: ['one, a'] },
      { picture: at('sub', '2.jpg'), captions: ['two'] },
    ]);
  });

  test('labels, splits and several captions of a picture', async () => {
    await write({
      'a.csv': 'path,label,caption,split\n1.jpg,3,one,train\n2.jpg,b,two,test\n1.jpg,3,more,train\n',
      'b.jsonl': '{"image":"1.jpg","captions":["one",""," two "],"label":3}\n',
    });
    expect(await readExamples(at('a.csv'), undefined)).toEqual([
      { picture: at('1.jpg'), captions: ['one', 'more'], label: '3', split: 'train' },
      { picture: at('2.jpg'), captions: ['two'], label: 'b', split: 'test' },
    ]);
    expect(await readExamples(at('b.jsonl'), undefined)).toEqual([
      { picture: at('1.jpg'), captions: ['one', 'two'], label: '3' },
    ]);
  });

  test('COCO captions: all of each image, pictures beside the file', async () => {
    const images = [
      { id: 7, file_name: '7.jpg' },
      { filename: '8.jpg', split: 'test', sentences: [{ raw: 'three' }] },
    ];
    const annotations = ['one', 'two'].map((caption) => ({ image_id: 7, caption }));
    await write({ 'annotations/a.json': JSON.stringify({ images, annotations }), 'val/7.jpg': '', 'val/8.jpg': '' });
    expect(await readExamples(at('annotations/a.json'), undefined)).toEqual([
      { picture: at('val', '8.jpg'), captions: ['three'], split: 'test' },
      { picture: at('val', '7.jpg'), captions: ['one', 'two'] },
    ]);
  });

  test('columns by name, and clear words when they are not there', async () => {
    await write({ 'a.csv': 'x,y,label\n1.jpg,one,b\n', 'a.parquet': '', 'bad.jsonl': '{"path":"1.jpg"}\n{\n' });
    await expect(readExamples(at('a.csv'), undefined)).rejects.toThrow(/x, y, label.*--image-column/);
    await expect(readExamples(at('a.csv'), undefined, { image: 'z' })).rejects.toThrow(/no column "z".*x, y, label/);
    expect(await readExamples(at('a.csv'), undefined, { image: 'x', caption: 'y' })).toEqual([
      { picture: at('1.jpg'), captions: ['one'], label: 'b' },
    ]);
    await expect(readExamples(at('a.parquet'), undefined)).rejects.toThrow(/\.csv, \.tsv, \.jsonl/);
    await expect(readExamples(at('bad.jsonl'), undefined)).rejects.toThrow(/line 2/);
  });
});

test('dataset of the workspace: usable samples with a file, in sample order, captions of one picture together', async () => {
  const workspace = openWorkspace(at('workspace'));
  try {
    const { id } = await workspace.db
      .insertInto('datasets')
      .values({ name: 'd', source: 's', format: 'csv', imported_at: timestamp() })
      .returning('id')
      .executeTakeFirstOrThrow();
    const sample = (position: number, file: string | null, caption: string, status: 'ok' | 'skipped' = 'ok') => ({
      dataset_id: id,
      position,
      path: String(position),
      file,
      caption,
      label: position === 0 ? 'fruit' : null,
      width: null,
      height: null,
      bytes: null,
      hash: null,
      status,
      reason: null,
    });
    await workspace.db
      .insertInto('samples')
      .values([
        sample(0, '/1.jpg', 'one'),
        sample(1, '/2.jpg', ''),
        sample(2, null, 'no file'),
        sample(3, '/3.jpg', 'broken', 'skipped'),
        sample(4, '/1.jpg', 'more'),
      ])
      .execute();
    expect(await readExamples({ dataset: 'd' }, workspace)).toEqual([
      { picture: '/1.jpg', sample: 1, captions: ['one', 'more'], label: 'fruit' },
      { picture: '/2.jpg', sample: 2, captions: [] },
    ]);
    await expect(readExamples({ dataset: 'x' }, workspace)).rejects.toThrow(/No dataset "x"/);
    await expect(readExamples({ dataset: 'd' }, undefined)).rejects.toThrow(/--workspace/);
  } finally {
    workspace.close();
  }
});

describe('class names', () => {
  const indices = async (labels: string[], reference?: string) => {
    const { names, indexOf } = await readClasses(labels, reference);
    return labels.map((label) => names[indexOf.get(label)!]);
  };

  test('labels are their own names, sorted, without underscores', async () => {
    expect(await readClasses(['b_c', 'a', 'b_c'])).toEqual({
      names: ['a', 'b c'],
      indexOf: new Map([
        ['a', 0],
        ['b_c', 1],
      ]),
    });
  });

  test('from a list: by name, by index, or in the order of the labels', async () => {
    await write({ 'names.txt': 'Red apple\nblack bear\ncat\n', 'two.txt': 'apple\nbear\n' });
    expect(await indices(['cat', 'red_apple'], at('names.txt'))).toEqual(['cat', 'Red apple']);
    expect(await indices(['2', '0'], at('names.txt'))).toEqual(['cat', 'Red apple']);
    expect(await indices(['n02', 'n01'], at('two.txt'))).toEqual(['bear', 'apple']);
    await expect(readClasses(['n1', 'n2'], at('names.txt'))).rejects.toThrow(/3 class names.*2 labels \(n1, n2/);
  });

  test('from json: a list, a list by key as CLIP_benchmark writes it, or a mapping', async () => {
    await write({
      'list.json': '["apple", "bear"]',
      'sets.json': '{"cifar10": ["cat", "dog"], "pets": ["cat", "dog", "fish"]}',
      'map.json': '{"n1": "apple", "n2": "bear"}',
      'bad.json': '{"a": 1}',
    });
    expect(await indices(['x', 'y'], at('list.json'))).toEqual(['apple', 'bear']);
    expect(await indices(['dog', 'cat'], `${at('sets.json')}#cifar10`)).toEqual(['dog', 'cat']);
    expect(await indices(['n2'], at('map.json'))).toEqual(['bear']);
    await expect(readClasses(['cat'], at('sets.json'))).rejects.toThrow(/cifar10, pets/);
    // the list of the data's own name needs no key
    expect((await readClasses(['dog'], at('sets.json'), { data: 'pets' })).names).toEqual(['cat', 'dog', 'fish']);
    await expect(readClasses(['n3'], at('map.json'))).rejects.toThrow(/no name for the label "n3"/);
    await expect(readClasses(['x'], at('bad.json'))).rejects.toThrow(UsageError);
    await expect(readClasses(['x'], at('none.json'))).rejects.toThrow(/cannot be read/);
  });
});

describe('templates', () => {
  test('from txt and json, both kinds of braces', async () => {
    await write({ 't.txt': 'a {}.\n{c}, a food\n', 't.json': '{"d": ["the {c}"]}', 'bad.txt': 'a photo\n' });
    const templates = await readTemplates(at('t.txt'));
    expect(templates.map((template) => fillTemplate(template, '$& pie'))).toEqual(['a $& pie.', '$& pie, a food']);
    expect(await readTemplates(at('t.json'))).toEqual(['the {c}']);
    await expect(readTemplates(at('bad.txt'))).rejects.toThrow(/"a photo" has no \{\}/);
    expect((await readTemplates()).every((template) => template.includes('{}'))).toBe(true);
  });

  test('those of ImageNet by name', async () => {
    const templates = await readTemplates('imagenet');
    expect(templates.length).toBe(80);
    const { names, indexOf } = await readClasses(['goldfish', 'tench'], 'imagenet');
    expect([names.length, indexOf.get('tench'), indexOf.get('goldfish')]).toEqual([1000, 0, 1]);
  });
});
