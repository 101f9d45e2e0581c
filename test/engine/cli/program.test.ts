/** @file The commands and their documentation, and wrong arguments. Run: vitest run test/engine/cli/program.test.ts */

import { readFileSync } from 'node:fs';
import path from 'node:path';
import { CommanderError, type Command } from 'commander';
import { describe, expect, it, vi } from 'vitest';
import { makeProgram } from '../../../src/main/engine/cli/program.ts';

const docs = path.join(import.meta.dirname, '../../../docs');
const page = readFileSync(path.join(docs, 'commandLine.md'), 'utf8');
const linked = [...page.matchAll(/\]\((\w+\.md)/g)].map(([, name]) => readFileSync(path.join(docs, name!), 'utf8'));
const pages = [page, ...linked].join('\n');

interface Named {
  names: string[];
  command: Command;
}

function commandsUnder(command: Command, names: string[] = []): Named[] {
  return command.commands.flatMap((child) => {
    const all = [...names, child.name()];
    return [{ names: all, command: child }, ...commandsUnder(child, all)];
  });
}

const named = (text: string, name: string) => new RegExp(`(?<![\\w-])${name}(?![\\w-])`).test(text);

describe('docs/commandLine.md', () => {
  const commands = commandsUnder(makeProgram('0.0.0', false));

  it('has a section for every command, which names its subcommands', () => {
    const sections = page.split(/^## /m).slice(1);
    const missing = commands.filter(({ names: [first, second] }) => {
      const section = sections.find((text) => text.split(/\s/)[0] === first);
      return !section || (second !== undefined && !named(section, second));
    });
    expect(commands.length).toBeGreaterThan(40);
    expect(missing.map(({ names }) => names.join(' '))).toEqual([]);
  });

  it('or a page that it links to has every option', () => {
    const missing = commands.flatMap(({ names, command }) =>
      command.options
        .map(({ long }) => long!)
        .filter((long) => !named(pages, long))
        .map((long) => [...names, long].join(' ')),
    );
    expect(missing).toEqual([]);
  });
});

describe('wrong arguments', () => {
  async function said(args: string[], json: boolean): Promise<string> {
    const write = vi.spyOn(process.stderr, 'write').mockReturnValue(true);
    try {
      await expect(makeProgram('0.0.0', json).parseAsync(args, { from: 'user' })).rejects.toBeInstanceOf(
        CommanderError,
      );
      return write.mock.calls.map(([text]) => String(text)).join('');
    } finally {
      write.mockRestore();
    }
  }

  it.each([
    [['balance', '--dataset', 'a', '--betta', '1'], /^unknown option '--betta' \(Did you mean --beta\?\)$/],
    [['balance', '--dataset', 'a', '--beta', 'abc'], /argument 'abc' is invalid/],
    [['quality'], /required option '--dataset <name>'/],
    [['typo'], /unknown command 'typo'/],
    [['import'], /missing required argument 'source'/],
  ])('are one line of JSON with --json: %j', async (args, message) => {
    const lines = (await said([...args, '--json'], true)).trimEnd().split('\n');
    expect(lines).toHaveLength(1);
    expect((JSON.parse(lines[0]!) as { error: string }).error).toMatch(message);
  });

  it('are text for people without', async () => {
    expect(await said(['typo'], false)).toBe(
      "error: unknown command 'typo'\n(distillery --help shows the commands and options)\n",
    );
  });
});
