/** @file What the student is: a built-in configuration, or the one in an open_clip folder. */

import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { builtinConfig, configNames, parseConfig, type ClipConfig } from '../clip/config.ts';
import { UsageError, messageOf } from '../errors.ts';

/** @throws {UsageError} naming the built-in ones */
export async function studentConfig(student: string): Promise<ClipConfig> {
  if (configNames.includes(student)) return builtinConfig(student);
  const file = student.endsWith('.json') ? student : path.join(student, 'open_clip_config.json');
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch {
    throw new UsageError(
      `The student ${student} is no configuration name (${configNames.join(', ')}) and there is no ${file}.`,
    );
  }
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (error) {
    throw new UsageError(`${file} is not JSON: ${messageOf(error)}.`);
  }
  return parseConfig(json, path.basename(path.resolve(student), '.json'));
}
