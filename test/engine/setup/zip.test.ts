/** @file The set-up's own zip reader. */

import { readFile, readlink, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { deflateRawSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { extractZip, readZipText } from '../../../scripts/lib/zip.mjs';
import { temporaryFolder } from './temporary.ts';

interface Entry {
  name: string;
  data: Buffer;
  mode?: number;
  stored?: boolean;
  /** What the directory claims. */
  size?: number;
}

/** Local headers have an extra field that the directory does not have, as real archives do. */
function zip(entries: Entry[]): Buffer {
  const locals: Buffer[] = [];
  const directory: Buffer[] = [];
  let offset = 0;
  for (const { name, data, mode = 0o100644, stored = false, size = data.length } of entries) {
    const packed = stored ? data : deflateRawSync(data);
    const local = Buffer.alloc(30);
    local.writeUInt32LE(0x04034b50, 0);
    local.writeUInt16LE(name.length, 26);
    local.writeUInt16LE(4, 28);
    const central = Buffer.alloc(46);
    central.writeUInt32LE(0x02014b50, 0);
    central.writeUInt16LE(stored ? 0 : 8, 10);
    central.writeUInt32LE(packed.length, 20);
    central.writeUInt32LE(size, 24);
    central.writeUInt16LE(name.length, 28);
    central.writeUInt32LE((mode << 16) >>> 0, 38);
    central.writeUInt32LE(offset, 42);
    directory.push(central, Buffer.from(name));
    const whole = Buffer.concat([local, Buffer.from(name), Buffer.alloc(4), packed]);
    offset += whole.length;
    locals.push(whole);
  }
  const list = Buffer.concat(directory);
  const end = Buffer.alloc(22);
  end.writeUInt32LE(0x06054b50, 0);
  end.writeUInt16LE(entries.length, 10);
  end.writeUInt32LE(list.length, 12);
  end.writeUInt32LE(offset, 16);
  return Buffer.concat([...locals, list, end]);
}

async function archive(entries: Entry[]): Promise<{ dir: string; file: string }> {
  const dir = temporaryFolder();
  const file = path.join(dir, 'archive.zip');
  await writeFile(file, zip(entries));
  return { dir, file };
}

const large = Buffer.alloc(3 << 20, 'large and larger ');

test('files, stored or packed, small or large, with their modes and links', async () => {
  const { dir, file } = await archive([
    { name: 'a/', data: Buffer.alloc(0) },
    { name: 'a/text', data: Buffer.from('hello hello hello') },
    { name: 'a/stored', data: Buffer.from('as it is'), stored: true },
    { name: 'b/program', data: large, mode: 0o100755 },
    { name: 'b/large', data: large, stored: true },
    { name: 'b/link', data: Buffer.from('program'), mode: 0o120777, stored: true },
  ]);
  const out = path.join(dir, 'out');
  await extractZip(file, out);
  expect(await readFile(path.join(out, 'a/text'), 'utf8')).toBe('hello hello hello');
  expect(await readFile(path.join(out, 'a/stored'), 'utf8')).toBe('as it is');
  expect(large.equals(await readFile(path.join(out, 'b/program')))).toBe(true);
  expect(large.equals(await readFile(path.join(out, 'b/large')))).toBe(true);
  expect((await stat(path.join(out, 'b/program'))).mode & 0o777).toBe(0o755);
  expect((await stat(path.join(out, 'a/text'))).mode & 0o111).toBe(0);
  expect(await readlink(path.join(out, 'b/link'))).toBe('program');
  expect(await readZipText(file, 'a/text')).toBe('hello hello hello');
});

test('only what is selected, under its new name', async () => {
  const { dir, file } = await archive([
    { name: 'x/one', data: Buffer.from('1') },
    { name: 'x/two', data: Buffer.from('2') },
  ]);
  await extractZip(file, path.join(dir, 'out'), (name: string) => (name === 'x/two' ? 'second' : undefined));
  expect(await readFile(path.join(dir, 'out/second'), 'utf8')).toBe('2');
  await expect(stat(path.join(dir, 'out/x'))).rejects.toThrow('ENOENT');
});

test.each(['../outside', 'a/../../outside'])('%s would leave the folder and is refused', async (name) => {
  const { dir, file } = await archive([{ name, data: Buffer.from('x') }]);
  await expect(extractZip(file, path.join(dir, 'out'))).rejects.toThrow('would leave its folder');
});

test('a link that points away is refused', async () => {
  const { dir, file } = await archive([{ name: 'link', data: Buffer.from('/etc/passwd'), mode: 0o120777 }]);
  await expect(extractZip(file, path.join(dir, 'out'))).rejects.toThrow('links away');
});

test.each([large, Buffer.from('small')])('an entry of another size than it claims is refused', async (data) => {
  const { dir, file } = await archive([{ name: 'entry', data, size: data.length - 1 }]);
  await expect(extractZip(file, path.join(dir, 'out'))).rejects.toThrow(`instead of ${data.length - 1}`);
});

test('an archive that was cut off is refused', async () => {
  const { dir, file } = await archive([{ name: 'entry', data: large }]);
  const whole = await readFile(file);
  await writeFile(file, whole.subarray(0, whole.length - 30));
  await expect(extractZip(file, path.join(dir, 'out'))).rejects.toThrow('not a whole zip archive');
});
