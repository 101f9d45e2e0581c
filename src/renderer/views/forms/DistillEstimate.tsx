/** @file What a run will take, told while the form is filled in. */

import { basisText, estimateText, type CheckedDistill, type DistillDraft } from '../../state/distillForm.ts';
import { useAnswer } from '../../state/useAnswer.ts';

export function DistillEstimate({
  workspace,
  draft,
  values,
}: {
  workspace: string;
  draft: DistillDraft;
  values: CheckedDistill['values'];
}) {
  const teacher = draft.teacher === '' ? null : draft.teacher;
  const { value, failure } = useAnswer(
    'distill.estimate',
    values === null ? null : { workspace, dataset: draft.dataset, student: draft.student, teacher, values },
  );
  if (failure !== null) return <p className="field-note field-problem">{failure}</p>;
  if (!value)
    return <p className="field-note">An estimate of time and memory appears here once all fields are filled in.</p>;
  const { time, timeNote, memory, memoryNote, tight } = estimateText(value);
  return (
    <section className="distill-estimate" aria-label="Estimate">
      <dl>
        <div>
          <dt>Time</dt>
          <dd>
            <strong>{time}</strong> {timeNote}
          </dd>
        </div>
        <div>
          <dt>Memory</dt>
          <dd data-tight={tight || undefined}>
            <strong>{memory}</strong> {memoryNote}
          </dd>
        </div>
      </dl>
      <p className="field-note">
        An estimate. {basisText(value)}
        {tight && ' It may not fit: take a smaller micro-batch or a smaller student.'}
      </p>
    </section>
  );
}
