/** @file The command quality: flags of a dataset, counted. */

import type { Command } from 'commander';
import * as pipeline from '../pipeline.ts';
import { flagNames, type ThresholdsInput } from '../quality/options.ts';
import type { QualityResult } from '../quality/run.ts';
import { globals } from './dataCommands.ts';
import { execute } from './execute.ts';
import { addThresholds, splitExclusion } from './qualityOptions.ts';

export function addQualityCommand(program: Command): void {
  addThresholds(
    program
      .command('quality')
      .description('count images that are small, blurred, dark, copies, without a caption and so on; changes nothing')
      .requiredOption('--dataset <name>'),
  ).action(async (options: { dataset: string } & ThresholdsInput, command: Command) => {
    const [{ thresholds }, { dataset }] = splitExclusion(options);
    await execute(globals(command), { job: false, creates: false }, async (workspace) => {
      const value = await pipeline.quality(workspace, { dataset, thresholds });
      return { value, lines: qualitySummary(value) };
    });
  });
}

const count = (n: number): string => n.toLocaleString('en-US');
const shown = 3;

export function qualitySummary({ dataset, images, flagged, notMeasured, thresholds, flags }: QualityResult): string[] {
  const share = ((100 * flagged) / Math.max(1, images)).toFixed(1);
  const begins: Record<(typeof flagNames)[number], string> = {
    'too-small': `side < ${thresholds.minSide} px`,
    'odd-aspect': `> ${thresholds.maxAspect} : 1`,
    blurred: `sharpness < ${thresholds.minSharpness}`,
    dark: `brightness < ${thresholds.minBrightness}`,
    bright: `brightness > ${thresholds.maxBrightness}`,
    uniform: `contrast < ${thresholds.minContrast}`,
    copy: 'same bytes as another',
    'no-caption': 'empty',
    boilerplate: `same caption on > ${thresholds.maxRepeats}`,
    disagreement:
      thresholds.minAgreement === undefined ? 'needs --min-agreement' : `cosine < ${thresholds.minAgreement}`,
  };
  return [
    `Dataset ${dataset}: ${count(flagged)} of ${count(images)} images have a flag (${share}%).`,
    ...flagNames.map((name) => {
      const { count: n, examples } = flags[name];
      const first = examples.slice(0, shown).map(({ path }) => path);
      return `  ${name.padEnd(12)} ${count(n).padStart(9)}  ${begins[name].padEnd(26)} ${first.join(', ')}`.trimEnd();
    }),
    ...(notMeasured.picture > 0 ? [`${count(notMeasured.picture)} pictures were never measured.`] : []),
    ...(notMeasured.agreement > 0 ? [`${count(notMeasured.agreement)} pairs were never embedded.`] : []),
    ...(flagged > 0 ? ['Leave them out of a stage or export with --without FLAGS.'] : []),
  ];
}
