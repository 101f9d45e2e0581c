/** @file Balance: how near two pictures are duplicates, and which one of a group stays. */

import { useState } from 'react';
import type { Dataset } from '../../../preload/contract.ts';
import { keepRules } from '../../../preload/jobStart.ts';
import { Field } from '../../components/Field.tsx';
import { Segments } from '../../components/Segments.tsx';
import { Select } from '../../components/Select.tsx';
import { betaHint, checkBalance, teachersOf, type BalanceDraft } from '../../state/jobForms.ts';
import { useAnswer } from '../../state/useAnswer.ts';
import { currentDataset, useWorkspace } from '../../state/workspace.ts';
import { DatasetFields } from './DatasetFields.tsx';
import { JobForm } from './JobForm.tsx';
import { NumberField } from './parts.tsx';
import { firstChoice, useDatasets } from './useTeacher.ts';

const keepLabels: Record<(typeof keepRules)[number], string> = {
  centroid: 'Nearest to the centroid (the paper’s)',
  resolution: 'Most pixels',
  agreement: 'Picture and caption agree best',
  oldest: 'Oldest file',
};

const limits = [
  { value: 'beta', label: 'Beta' },
  { value: 'share', label: 'Share to remove' },
] as const;

export function BalanceForm() {
  const datasets = useDatasets();
  const [draft, setDraft] = useState<BalanceDraft>(() => ({
    ...firstChoice(),
    by: 'beta',
    share: '40',
    ...asBefore(),
  }));
  const change = (part: Partial<BalanceDraft>): void => {
    setDraft((before) => ({ ...before, ...part }));
  };
  const dataset = datasets.find(({ name }) => name === draft.dataset);
  const { job, problems } = checkBalance(draft);
  return (
    <JobForm
      what="Finds pictures that lie within beta of each other under the teacher, and keeps one of each group."
      start="Balance"
      job={job}
    >
      <DatasetFields
        chosen={draft}
        problems={problems}
        onChange={(chosen) => {
          change({ ...chosen, against: '' });
        }}
      />
      <Field label="Duplicates by" group>
        {() => (
          <Segments
            label="Duplicates by"
            value={draft.by}
            options={limits}
            onChange={(by) => {
              change({ by });
            }}
          />
        )}
      </Field>
      {draft.by === 'beta' ? (
        <BetaField draft={draft} dataset={dataset} problem={problems.beta} onChange={change} />
      ) : (
        <NumberField
          key="share"
          label="Share"
          value={draft.share}
          unit="% of the images"
          hint="Finds the smallest beta that removes at least so many."
          problem={problems.share}
          onChange={(share) => {
            change({ share });
          }}
        />
      )}
      <Field label="Keep">
        {(control) => (
          <Select
            {...control}
            label="Keep"
            value={draft.keep}
            options={keepRules.map((value) => ({ value, label: keepLabels[value] }))}
            onChange={(keep) => {
              change({ keep });
            }}
          />
        )}
      </Field>
      <More draft={draft} datasets={datasets} problems={problems} onChange={change} />
    </JobForm>
  );
}

/** What the latest balance had: to run it again is to confirm. At first, the nearest public value to the paper's, which prints none. */
function asBefore(): Pick<BalanceDraft, 'beta' | 'keep' | 'maxDiameter' | 'maxGroupSize' | 'against'> {
  const before = currentDataset(useWorkspace.getState())?.balance;
  return {
    beta: before ? String(Number(before.beta.toPrecision(4))) : '0.447',
    keep: keepRules.find((rule) => rule === before?.keep) ?? 'centroid',
    maxDiameter: String(before?.maxDiameter ?? ''),
    maxGroupSize: String(before?.maxGroupSize ?? ''),
    against: before?.against ?? '',
  };
}

interface BetaProps {
  draft: BalanceDraft;
  dataset: Dataset | undefined;
  problem: string | undefined;
  onChange: (part: Partial<BalanceDraft>) => void;
}

function BetaField({ draft, dataset, problem, onChange }: BetaProps) {
  const workspace = useWorkspace((state) => state.id);
  const balance = dataset?.balance?.teacher === draft.teacher ? dataset.balance.id : undefined;
  const { value: facts } = useAnswer(
    'balance.facts',
    workspace === null || balance === undefined ? null : { workspace, balance },
  );
  return (
    <NumberField
      key="beta"
      label="Beta"
      value={draft.beta}
      unit="Euclidean, 0 to 2"
      hint={betaHint(draft.beta, facts)}
      problem={problem}
      onChange={(beta) => {
        onChange({ beta });
      }}
    />
  );
}

interface MoreProps {
  draft: BalanceDraft;
  datasets: Dataset[];
  problems: Partial<Record<'maxDiameter' | 'maxGroupSize', string>>;
  onChange: (part: Partial<BalanceDraft>) => void;
}

function More({ draft, datasets, problems, onChange }: MoreProps) {
  const others = datasets.filter((one) => one.name !== draft.dataset && teachersOf(one).includes(draft.teacher));
  // only at first: a field that is emptied must not close around the focus
  const [open] = useState(draft.maxDiameter + draft.maxGroupSize + draft.against !== '');
  return (
    <details className="job-more" open={open}>
      <summary>Chains of pictures, leaks into another dataset</summary>
      <div className="job-fields">
        <NumberField
          label="Max diameter"
          value={draft.maxDiameter}
          placeholder="none"
          hint="Cuts groups at their weakest links until no two pictures of one lie farther apart."
          problem={problems.maxDiameter}
          onChange={(maxDiameter) => {
            onChange({ maxDiameter });
          }}
        />
        <NumberField
          label="Max group size"
          value={draft.maxGroupSize}
          placeholder="none"
          unit="images"
          problem={problems.maxGroupSize}
          onChange={(maxGroupSize) => {
            onChange({ maxGroupSize });
          }}
        />
        <Field
          label="Against"
          group={others.length === 0}
          hint={
            others.length === 0
              ? 'No other dataset has embeddings by this teacher.'
              : 'Images that lie within beta of one of its images are removed too, as of a test set.'
          }
        >
          {(control) =>
            others.length === 0 ? (
              <span className="field-told">none</span>
            ) : (
              <Select
                {...control}
                label="Against"
                value={draft.against}
                options={[{ value: '', label: 'none' }, ...others.map(({ name }) => ({ value: name, label: name }))]}
                onChange={(against) => {
                  onChange({ against });
                }}
              />
            )
          }
        </Field>
      </div>
    </details>
  );
}
