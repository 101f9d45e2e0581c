/** @file Teachers of this machine: teacher list, add, info, remove. None needs a workspace. */

import type { Command } from 'commander';
import type { StageContext } from '../progress.ts';
import { isWorkspace } from '../store/workspace.ts';
import { globals } from './dataCommands.ts';
import { execute, executeAlone, type CommandResult } from './execute.ts';
import { addedSummary, infoSummary, listSummary, removalSummary, removedDownloads } from './teacherSummary.ts';

export function addTeacherCommands(program: Command): void {
  const teacher = program.command('teacher').description('models of this machine by name, and downloads from the hub');

  teacher
    .command('list')
    .description('the bundled teacher and those that were added')
    .action(async (_: object, command: Command) => {
      await executeAlone(globals(command), async () => {
        const { listTeachers } = await import('../teacher/describe.ts');
        const { unfinishedDownloads } = await import('../teacher/hub/unfinished.ts');
        const { teachersDir } = await import('../teacher/registry.ts');
        const value = {
          folder: teachersDir(),
          teachers: await listTeachers(),
          unfinished: await unfinishedDownloads(),
        };
        return { value, lines: listSummary(value) };
      });
    });

  teacher
    .command('add <source>')
    .description('name a model: an open_clip or transformers folder, a file of weights, or hf:ORG/NAME[@REVISION]')
    .option('--name <name>', 'how it is called; the last part of the source otherwise')
    .action(async (source: string, options: { name?: string }, command: Command) => {
      const work = async (context: StageContext): Promise<CommandResult> => {
        const { addTeacher } = await import('../teacher/add.ts');
        const value = await addTeacher(source, options, context);
        return { value, lines: addedSummary(value) };
      };
      const given = globals(command);
      // where there is a workspace its window sees the download
      await (isWorkspace(given.workspace)
        ? execute(given, { job: true, creates: false }, (_, context) => work(context))
        : executeAlone(given, work));
    });

  teacher
    .command('info <name>')
    .description('configuration, size, place and origin of a teacher, or of a model on disk')
    .option('--verify', 'compute the checksum of the weights again')
    .action(async (name: string, { verify = false }: { verify?: boolean }, command: Command) => {
      await executeAlone(globals(command), async (context) => {
        const { teacherDetails } = await import('../teacher/describe.ts');
        const value = await teacherDetails(name, { verify }, context);
        return { value, lines: infoSummary(value) };
      });
    });

  teacher
    .command('remove <name>')
    .description('forget a teacher; deletes what was downloaded for it, and nothing else')
    .action(async (name: string, _: object, command: Command) => {
      await executeAlone(globals(command), async () => {
        const { isHubSource, parseHubSource } = await import('../teacher/hub/source.ts');
        if (!isHubSource(name)) {
          const { removeTeacher } = await import('../teacher/registry.ts');
          const value = await removeTeacher(name);
          return { value, lines: removalSummary(value) };
        }
        const { removeUnfinished } = await import('../teacher/hub/unfinished.ts');
        const value = { unfinished: await removeUnfinished(parseHubSource(name).repo) };
        return { value, lines: removedDownloads(value.unfinished, name) };
      });
    });
}
