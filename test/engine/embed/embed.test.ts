/** @file Run: vitest run test/engine/embed */

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { createEncoder } from '../../../src/main/engine/clip/encoder.ts';
import { loadPixels } from '../../../src/main/engine/clip/preprocess.ts';
import { loadTokenizer } from '../../../src/main/engine/clip/tokenizer.ts';
import { run, type EmbedOptions } from '../../../src/main/engine/embed/run.ts';
import { CancelledError, DistilleryError } from '../../../src/main/engine/errors.ts';
import { silentContext, type StageContext } from '../../../src/main/engine/progress.ts';
import { findEmbeddings, readIds, readRows } from '../../../src/main/engine/store/embeddings.ts';
import { readNpyHeader } from '../../../src/main/engine/store/npy.ts';
import { openWorkspace, type Workspace } from '../../../src/main/engine/store/workspace.ts';
import { addSamples, contents, temporary, tinyModel, writePictures } from './support.ts';

const model = tinyModel();

async function makeWorkspace({ pictures = 5, samples = 12 } = {}) {
  const dir = temporary();
  const workspace = openWorkspace(path.join(dir, 'workspace'));
  onTestFinished(() => {
    workspace.close();
    rmSync(dir, { recursive: true, force: true });
  });
  const files = await writePictures(path.join(dir, 'pictures'), pictures);
  addSamples(workspace, files, samples);
  return { workspace, files, folder: (teacher: string) => path.join(workspace.dir, 'embeddings/set', teacher) };
}

const embed = (
  workspace: Workspace,
  options: Partial<EmbedOptions> = {},
  context: StageContext = silentContext(),
  teacher = model,
) =>
  run(
    { workspace, dataset: 'set', model: teacher, teacherName: 'teacher' },
    { precision: 'fp32', batch: 4, ...options },
    context,
  );

const statuses = (workspace: Workspace) =>
  workspace.sqlite.prepare('SELECT status, reason FROM samples ORDER BY id').all() as {
    status: string;
    reason: string | null;
  }[];

test('rows are what the towers give for each picture and caption, in sample order', async () => {
  const { workspace, files, folder } = await makeWorkspace();
  const result = await embed(workspace);
  expect(result).toMatchObject({
    dataset: 'set',
    teacher: 'teacher',
    images: 12,
    skipped: 0,
    dim: model.config.embedDim,
  });
  expect((await readNpyHeader(path.join(folder('teacher'), 'image-00000.npy'))).dtype).toBe('<f2');

  const set = await findEmbeddings(workspace, 'set', 'teacher');
  expect(await readIds(set)).toEqual(Int32Array.from({ length: 12 }, (_, i) => i + 1));
  const [image, text] = [await readRows(set, 'image'), await readRows(set, 'text')];
  const encoder = createEncoder(model, { precision: 'fp32', batch: 1 });
  onTestFinished(encoder.dispose);
  const tokenizer = await loadTokenizer();
  for (const row of [0, 3, 4, 11]) {
    const one = encoder.encodeImages(await loadPixels(files[row % 5]!, model.config));
    const words = encoder.encodeTexts(tokenizer.encode([`caption ${row % 7}`], model.config.text.contextLength));
    for (let i = 0; i < encoder.dim; i++) {
      expect(image[row * encoder.dim + i]).toBeCloseTo(one[i]!, 3);
      expect(text[row * encoder.dim + i]).toBeCloseTo(words[i]!, 3);
    }
  }
});

test('killed and run again, the files are bitwise those of an undisturbed run', async () => {
  const samples = 2048 + 600;
  const { workspace, folder } = await makeWorkspace({ samples });
  const child = spawn(process.execPath, [path.join(import.meta.dirname, 'process.ts'), workspace.dir], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  await once(child.stdout, 'data');
  child.kill('SIGKILL');
  await once(child, 'exit');
  const options = { batch: 256 };
  let todo = 0;
  const onProgress = ({ total }: { total: number }) => void (todo = total);
  expect(await embed(workspace, options, { ...silentContext(), onProgress })).toMatchObject({ images: samples });
  expect(todo).toBe(600); // the first shard was not made again
  const resumed = contents(folder('teacher'));
  rmSync(folder('teacher'), { recursive: true });
  await embed(workspace, options);
  expect(contents(folder('teacher'))).toEqual(resumed);
  expect(Object.keys(resumed).filter((name) => name.startsWith('image'))).toHaveLength(2);
});

test('a picture that cannot be decoded any more is left out and marked; the places of the others stay', async () => {
  const { workspace, files } = await makeWorkspace({ pictures: 12 });
  rmSync(files[2]!);
  writeFileSync(files[5]!, 'no picture');
  expect(await embed(workspace)).toMatchObject({ images: 10, skipped: 2 });
  expect(
    statuses(workspace)
      .map(({ status }) => status)
      .join(' '),
  ).toBe('ok ok skipped ok ok skipped' + ' ok'.repeat(6));
  expect(statuses(workspace)[2]!.reason).toMatch(/^cannot be embedded: .*ENOENT/);
  expect(statuses(workspace)[5]!.reason).toMatch(
    /^cannot be embedded: the file changed since the import; run the import/,
  );
  expect(await readIds(await findEmbeddings(workspace, 'set'))).toEqual(Int32Array.of(1, 2, 4, 5, 7, 8, 9, 10, 11, 12));
  expect(await embed(workspace)).toMatchObject({ images: 10, skipped: 2 });
});

test('when no picture can be read, nothing is marked: the disk may be gone', async () => {
  const { workspace, files, folder } = await makeWorkspace({ pictures: 12 });
  const away = path.join(path.dirname(files[0]!), '../away');
  renameSync(path.dirname(files[0]!), away);
  await expect(embed(workspace)).rejects.toThrow(/None of 12 pictures could be read.*disk/);
  expect(statuses(workspace).every(({ status }) => status === 'ok')).toBe(true);
  expect(existsSync(folder('teacher'))).toBe(false);
  renameSync(away, path.dirname(files[0]!));
  expect(await embed(workspace)).toMatchObject({ images: 12 });
});

test('an embedding that is not finite is an error that names the sample', async () => {
  const { workspace, folder } = await makeWorkspace();
  const weights = new Map(model.weights);
  const { shape, data } = weights.get('visual.proj')!;
  weights.set('visual.proj', { shape, data: data.map(() => NaN) });
  const failure = embed(workspace, {}, silentContext(), { ...model, weights });
  await expect(failure).rejects.toThrow(/picture of p\/0 is not a number.*--precision fp32/);
  expect(existsSync(folder('teacher'))).toBe(false);
});

test('cancelled, it stops between batches; run again it ends', async () => {
  const { workspace } = await makeWorkspace();
  const stop = new AbortController();
  const context = { ...silentContext(stop.signal), onProgress: stop.abort.bind(stop, undefined) };
  await expect(embed(workspace, {}, context)).rejects.toBeInstanceOf(CancelledError);
  expect(await embed(workspace)).toMatchObject({ images: 12 });
});

test('samples that came later are embedded by the same command; otherwise there is nothing to do', async () => {
  const { workspace, files, folder } = await makeWorkspace();
  await embed(workspace);
  const before = contents(folder('teacher'));
  expect(await embed(workspace)).toMatchObject({ images: 12, imagesPerSecond: 0 });
  expect(contents(folder('teacher'))).toEqual(before);
  addSamples(workspace, files, 3);
  expect(await embed(workspace)).toMatchObject({ images: 15 });
  const set = await findEmbeddings(workspace, 'set');
  expect(set.manifest.shards).toMatchObject([
    { rows: 12, lastId: 12, end: 12 },
    { rows: 3, lastId: 15, end: 15 },
  ]);
  expect(contents(folder('teacher'))).toMatchObject({ 'image-00000.npy': before['image-00000.npy'] });
});

test('another precision or model under the same name keeps its own folder', async () => {
  const { workspace } = await makeWorkspace();
  await embed(workspace);
  const { teacher } = await embed(workspace, { storage: 'float32' });
  expect(teacher).toMatch(/^teacher-[0-9a-f]{8}$/);
  expect((await embed(workspace, { storage: 'float32' })).teacher).toBe(teacher);
  const other = await embed(workspace, {}, silentContext(), { ...model, fingerprint: 'other' });
  expect([teacher, 'teacher']).not.toContain(other.teacher);
});

test('shards whose samples changed are made anew, the others stay', async () => {
  const { workspace, files, folder } = await makeWorkspace({ pictures: 12 });
  workspace.sqlite.exec(`UPDATE samples SET status = 'skipped', reason = 'file not found', hash = NULL WHERE id = 2`);
  await embed(workspace);
  addSamples(workspace, files, 3);
  await embed(workspace);
  const before = contents(folder('teacher'));
  // another file that is no picture either changes nothing
  workspace.sqlite.exec(`UPDATE samples SET reason = 'not a picture', hash = 'y' WHERE id = 2`);
  await embed(workspace);
  expect(contents(folder('teacher'))).toEqual(before);
  // as a repeated import leaves a picture that is there now
  workspace.sqlite.exec(
    `UPDATE samples SET status = 'ok', reason = NULL, hash = (SELECT hash FROM samples WHERE id = 14) WHERE id = 2`,
  );
  const lines: string[] = [];
  const stop = new AbortController();
  const context = { ...silentContext(stop.signal), log: (line: string) => lines.push(line) };
  const stopping = { ...context, onProgress: stop.abort.bind(stop, undefined) };
  await expect(embed(workspace, {}, stopping)).rejects.toBeInstanceOf(CancelledError);
  expect(await embed(workspace, {}, { ...context, signal: new AbortController().signal })).toMatchObject({
    images: 15,
  });
  expect(lines.join()).toMatch(/1 of 2 shards.*made anew/);
  const after = contents(folder('teacher'));
  expect(
    Object.keys(after)
      .filter((name) => after[name] !== before[name])
      .sort(),
  ).toEqual(['ids-00000.npy', 'image-00000.npy', 'manifest.json', 'text-00000.npy']);
  const set = await findEmbeddings(workspace, 'set');
  expect(await readIds(set)).toEqual(Int32Array.from({ length: 15 }, (_, i) => i + 1));
});

test('what cannot be embedded is refused with what to do', async () => {
  const { workspace } = await makeWorkspace();
  await expect(embed(workspace, { batch: 0 })).rejects.toThrow(/--batch 0/);
  workspace.sqlite.exec('UPDATE datasets SET complete = 0');
  await expect(embed(workspace)).rejects.toThrow(/distillery import \/s --dataset set/);
  workspace.sqlite.exec('UPDATE datasets SET complete = 1; UPDATE samples SET file = NULL');
  await expect(embed(workspace)).rejects.toThrow(/no pictures to embed/);
  await expect(embed(workspace)).rejects.toBeInstanceOf(DistilleryError);
});
