/**
 * @file Pictures that cannot be read where they lie (compressed Parquet pages, .tar.gz) are copied once into pack files of the
 * workspace, pictures/<dataset>/00000.pack: their bytes one after another. The database says where each begins. An import
 * never appends to the pack of another one, so a killed import leaves at most some bytes that nobody refers to.
 */

import { mkdir, open, readdir, type FileHandle } from 'node:fs/promises';
import path from 'node:path';
import { DistilleryError } from '../errors.ts';
import type { FilePart } from '../pictureSource.ts';
import { isDiskFull } from '../store/files.ts';
import type { Workspace } from '../store/workspace.ts';

const maximumPack = 4 * 2 ** 30;

export class Pack {
  private readonly workspaceDir: string;
  private readonly dir: string;
  private readonly maximum: number;
  private current: { handle: FileHandle; file: string; length: number } | undefined;

  /** Nothing is written before the first picture. `maximum`: bytes after which a new pack begins. */
  constructor(workspace: Workspace, dataset: string, maximum = maximumPack) {
    this.workspaceDir = workspace.dir;
    this.dir = path.join(workspace.dir, 'pictures', dataset);
    this.maximum = maximum;
  }

  /** Appends the bytes of a picture. @throws {DistilleryError} on a full disk. */
  async append(bytes: Uint8Array): Promise<FilePart> {
    return this.writing(async () => {
      if (this.current && this.current.length + bytes.length > this.maximum) await this.close();
      this.current ??= await this.create();
      const { handle, file, length: offset } = this.current;
      for (let done = 0; done < bytes.length;) {
        const { bytesWritten } = await handle.write(bytes, done, bytes.length - done, offset + done);
        done += bytesWritten;
      }
      this.current.length += bytes.length;
      return { file, offset, length: bytes.length, encoding: null };
    });
  }

  /** Call before rows that refer to the pack are committed: then what the database names is on the disk. */
  async sync(): Promise<void> {
    await this.writing(async () => this.current?.handle.datasync());
  }

  async close(): Promise<void> {
    await this.writing(async () => {
      const { current } = this;
      this.current = undefined;
      try {
        await current?.handle.datasync();
      } finally {
        await current?.handle.close();
      }
    });
  }

  /** A picture's file as the database keeps it: one in a pack moves with the workspace. */
  stored(file: string | null): string | null {
    if (file === null || !file.startsWith(this.dir + path.sep)) return file;
    return path.relative(this.workspaceDir, file).replaceAll(path.sep, '/');
  }

  private async create() {
    await mkdir(this.dir, { recursive: true });
    const numbers = (await readdir(this.dir)).map((name) => Number.parseInt(name, 10)).filter(Number.isInteger);
    const number = Math.max(-1, ...numbers) + 1;
    const file = path.join(this.dir, `${String(number).padStart(5, '0')}.pack`);
    return { handle: await open(file, 'wx'), file, length: 0 };
  }

  private async writing<T>(work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      if (!isDiskFull(error)) throw error;
      throw new DistilleryError(
        `The disk with ${this.workspaceDir} is full. What was imported is kept; free space and run the same command again.`,
        { cause: error },
      );
    }
  }
}
