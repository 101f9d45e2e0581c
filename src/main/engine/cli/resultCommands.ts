/** @file Commands on results: evaluate, export. */

import type { Command } from 'commander';
import { previewExport } from '../exportPreview.ts';
import * as pipeline from '../pipeline.ts';
import { globals } from './dataCommands.ts';
import { addEvaluateCommands } from './evaluateCommands.ts';
import { execute } from './execute.ts';
import { addExportOptions, exportSummary, previewSummary } from './exportOptions.ts';
import { splitExclusion, type ExclusionOptions } from './qualityOptions.ts';

export function addResultCommands(program: Command): void {
  addEvaluateCommands(program);

  const exporting = program.command('export').description('write results for other tools');
  for (const [what, description] of Object.entries(exports)) {
    addExportOptions(exporting.command(what).description(description), what as pipeline.ExportKind).action(
      async (
        { dryRun, ...all }: Omit<pipeline.ExportRequest, 'what' | 'without'> & ExclusionOptions & { dryRun?: boolean },
        command: Command,
      ) => {
        const [exclusion, options] = splitExclusion(all);
        const request = { what: what as pipeline.ExportKind, ...options, ...exclusion };
        // a window should see them
        await execute(globals(command), { job: !dryRun, creates: false }, async (workspace, context) => {
          if (dryRun) {
            const value = await previewExport(workspace, request, context);
            return { value, lines: previewSummary(value) };
          }
          const value = await pipeline.exportResult(workspace, request, context);
          return { value, lines: exportSummary(value) };
        });
      },
    );
  }
}

const exports: Record<pipeline.ExportKind, string> = {
  groups: 'one row a sample: its group, distance and whether it is kept',
  quality: 'measures and quality flags, one row a sample',
  manifest: 'the kept pairs, for the csv loader of open_clip',
  files: 'paths of the kept pictures, for rsync and xargs',
  folder: 'hard links of the kept pictures, with captions',
  webdataset: 'the kept samples as tar shards',
  uids: 'uids of the kept samples, for the resharder of DataComp',
  leaks: 'images near those of another dataset, from balance --against',
  curve: 'images removed at each beta, up to that of the latest balance',
  clusters: 'one row a clustered sample: its cluster and similarity to the centre',
  'cluster-sizes': 'one row a cluster: size, size before balance, mean similarity',
  student: 'the student as a folder for open_clip or transformers',
  evaluations: 'results of all evaluations: .csv, .json, .md and others',
  metrics: 'all metrics of a run: step, name, value',
};
