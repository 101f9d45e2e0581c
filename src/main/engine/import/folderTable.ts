/**
 * @file Captions of a folder in metadata.csv or metadata.jsonl, as Hugging Face's imagefolder has them: a row a picture,
 * file_name counts from the table's folder (https://huggingface.co/docs/datasets/image_dataset).
 */

import path from 'node:path';
import { messageOf } from '../errors.ts';
import { findColumns } from '../tables/columns.ts';
import { openTable } from '../tables/table.ts';
import { cleanCaption, cleanLabel, textOf } from './item.ts';

/** In order of preference. */
const tableNames = ['metadata.csv', 'metadata.jsonl'];
/** All rows of a table are in memory. */
const maximumRows = 5_000_000;

interface Described {
  caption: string;
  label: string | null;
}

/** A table that is read when the first picture asks. */
export class FolderTable {
  private readonly file: string;
  private rows: Promise<ReadonlyMap<string, Described>> | undefined;

  private constructor(file: string) {
    this.file = file;
  }

  /** The table of the folder `dir`, which holds files of these names. */
  static in(dir: string, names: ReadonlySet<string>): FolderTable | undefined {
    const name = tableNames.find((one) => names.has(one));
    return name === undefined ? undefined : new FolderTable(path.join(dir, name));
  }

  /** What it says of a picture. @throws {Error} with a reason when the table cannot be read. */
  async find(picture: string): Promise<Described | undefined> {
    this.rows ??= this.read();
    return (await this.rows).get(picture);
  }

  /** By absolute path; nothing where no column names pictures, since then it is a table of something else. */
  private async read(): Promise<ReadonlyMap<string, Described>> {
    const found = new Map<string, Described>();
    const name = path.basename(this.file);
    try {
      const table = await openTable(this.file);
      const { image, caption, label } = findColumns(table.names, {}, this.file);
      if (image === undefined) return found;
      for await (const { cells, problem } of table.rows()) {
        if (problem !== undefined) continue;
        const cell = (column: string | undefined) => (column === undefined ? undefined : cells[column]);
        const described = { caption: cleanCaption(cell(caption)), label: cleanLabel(cell(label)) };
        found.set(path.resolve(path.dirname(this.file), textOf(cells[image]).trim()), described);
        if (found.size > maximumRows) throw new Error(`it has more than ${maximumRows} rows`);
      }
      return found;
    } catch (error) {
      throw new Error(`metadata cannot be read: ${name}: ${messageOf(error)}`, { cause: error });
    }
  }
}
