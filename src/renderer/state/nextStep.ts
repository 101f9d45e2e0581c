/** @file The next sensible thing to do with a dataset: the first stage of the pipeline that is not done. */

import type { Dataset, Summary } from '../../preload/contract.ts';
import { formatCount } from './format.ts';
import type { FormName } from './jobForms.ts';
import type { View } from './session.ts';

export interface NextStep {
  /** On the button. */
  label: string;
  why: string;
  does: { form: FormName } | { view: View } | { resume: string };
}

/** Null once everything is done. */
export function nextStep(
  { runs, evaluations, exports, exportedElsewhere }: Summary,
  dataset: Dataset | undefined,
): NextStep | null {
  if (dataset === undefined)
    return step('Import data…', 'A dataset is pairs of picture and caption.', { form: 'import' });
  const { name, complete, images, embeddings, balance, decisions, clustering } = dataset;
  if (!complete) {
    return step('Import the rest…', `The import of ${name} did not end; what is there is kept.`, { form: 'import' });
  }
  if (images === 0) {
    return step('See why', `All pictures of ${name} were skipped.`, { view: 'data' });
  }
  if (!embeddings.some((set) => set.complete)) {
    const begun = embeddings.length > 0;
    return begun
      ? step('Embed the rest…', `The vectors of ${name} are not complete; embedding goes on where it stopped.`, {
          form: 'embed',
        })
      : step('Embed…', `${formatCount(images)} pairs of ${name} need vectors from a teacher.`, { form: 'embed' });
  }
  if (!balance)
    return step('Balance…', 'Find near-identical pictures, and keep one of each group.', { form: 'balance' });
  if (balance.groups > 0 && decisions === 0 && !clustering) {
    return step('Review duplicates', `${formatCount(balance.groups)} groups wait for a look; skipping it is fine.`, {
      view: 'duplicates',
    });
  }
  if (balance.waiting > 0) {
    const said = `${formatCount(balance.waiting)} decision${balance.waiting === 1 ? '' : 's'}`;
    return step('Balance again…', `${said} that part groups count once balance runs again.`, { form: 'balance' });
  }
  if (clustering && clustering.balance !== null && clustering.balance !== balance.id) {
    return step('Cluster again…', 'The clusters are of an earlier balance.', { form: 'cluster' });
  }
  if (!clustering) return step('Cluster…', 'The centres are the classes that a student learns.', { form: 'cluster' });
  const run = runs.find((one) => one.dataset === dataset.id);
  if (!run) return step('Distil…', 'Train a small student on what was kept.', { form: 'distill' });
  if (run.state === 'stopped' || run.state === 'failed') {
    const { id, student, step: at, totalSteps } = run;
    const where = `${formatCount(at)} of ${formatCount(totalSteps)} steps`;
    return step('Continue the run', `${student} ${run.state} after ${where}; it goes on from its last checkpoint.`, {
      resume: id,
    });
  }
  if (evaluations.length === 0) return step('Evaluate…', 'Compare the student with its teacher.', { form: 'evaluate' });
  if (exports.length + exportedElsewhere.length === 0)
    return step('Export…', 'Write the kept pairs or the student for other tools.', { form: 'export' });
  return null;
}

const step = (label: string, why: string, does: NextStep['does']): NextStep => ({ label, why, does });
