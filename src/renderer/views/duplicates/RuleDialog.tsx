/** @file One rule for all groups that nobody reviewed, within limits: how many, which, and the decision. */

import './review.css';
import { useState } from 'react';
import type { KeepRule, RuleLimits } from '../../../preload/contract.ts';
import { request } from '../../api/api.ts';
import { Button } from '../../components/Button.tsx';
import { Field } from '../../components/Field.tsx';
import { Select } from '../../components/Select.tsx';
import { Thumbnail } from '../../components/Thumbnail.tsx';
import { refreshDuplicates, showDialog, useDuplicates } from '../../state/duplicates.ts';
import { formatCount, formatValue } from '../../state/format.ts';
import { attempt, notify, requireAnnotator } from '../../state/session.ts';
import { useAnswer } from '../../state/useAnswer.ts';
import { NumberField } from '../forms/parts.tsx';
import { ReviewDialog } from './ReviewDialog.tsx';

const rules: { value: KeepRule; label: string }[] = [
  { value: 'resolution', label: 'The most pixels' },
  { value: 'centroid', label: 'The nearest to the centroid' },
  { value: 'agreement', label: 'Picture and caption agree best' },
  { value: 'oldest', label: 'The oldest file' },
];

export function RuleDialog({ workspace }: { workspace: string }) {
  return (
    <ReviewDialog name="rule" title="Decide by a rule">
      <RuleForm workspace={workspace} />
    </ReviewDialog>
  );
}

interface Draft {
  keep: KeepRule;
  diameter: string;
  size: string;
  weakest: string;
}

const limits = [
  { key: 'diameter', label: 'Diameter up to', hint: 'Largest distance of two pictures of the group.' },
  { key: 'weakest', label: 'Weakest link up to', hint: 'Longest distance that holds the group together.' },
  { key: 'size', label: 'Size up to', hint: undefined },
] as const;

function RuleForm({ workspace }: { workspace: string }) {
  const { balance, dataset } = useDuplicates.getState();
  const [draft, setDraft] = useState<Draft>({ keep: 'resolution', diameter: '0.2', size: '', weakest: '' });
  const [working, setWorking] = useState(false);
  const parsed = limitsOf(draft);
  const question = parsed.wrong.length > 0 ? null : { workspace, balance, limits: parsed.limits };
  const { value, failure } = useAnswer('rule.preview', question);
  const apply = async (): Promise<void> => {
    const annotator = await requireAnnotator();
    if (annotator === null) return;
    setWorking(true);
    try {
      const rule = { workspace, dataset, keep: draft.keep, limits: parsed.limits, annotator };
      const { groups, changed } = await request('rule.apply', { ...rule, dryRun: false });
      showDialog(null);
      await refreshDuplicates();
      const others = changed === 0 ? 'the same pictures stay' : `${formatCount(changed)} other pictures stay`;
      useDuplicates.setState({ outcome: `Decided ${formatCount(groups)} groups; ${others}.` });
      notify('info', `${formatCount(groups)} groups decided by rule. Undo (U) takes all of them back.`);
    } finally {
      setWorking(false);
    }
  };
  return (
    <form
      className="rule"
      onSubmit={(event) => {
        event.preventDefault();
        if (value && value.groups > 0 && !working) attempt(apply());
      }}
    >
      <Field label="Keep">
        {(control) => (
          <Select
            {...control}
            label="Keep"
            value={draft.keep}
            options={rules}
            onChange={(keep) => {
              setDraft({ ...draft, keep });
            }}
          />
        )}
      </Field>
      {limits.map(({ key, label, hint }) => (
        <NumberField
          key={key}
          label={label}
          value={draft[key]}
          placeholder="any"
          hint={hint}
          problem={parsed.wrong.includes(key) ? 'A number of at least 0, or nothing.' : undefined}
          onChange={(text) => {
            setDraft({ ...draft, [key]: text });
          }}
        />
      ))}
      <p className="rule-count" role="status">
        {failure ??
          (value === null
            ? 'Counting…'
            : `${formatCount(value.groups)} undecided groups with ${formatCount(value.images)} pictures`)}
      </p>
      <ol className="rule-groups" aria-label="The first groups">
        {value?.first.map(({ id, size, diameter, keeper }) => (
          <li key={id}>
            <span className="group-thumb">
              {keeper && <Thumbnail workspace={workspace} sample={keeper} size={128} decorative />}
            </span>
            <span>
              {formatCount(size)} <span className="muted">⌀ {diameter === null ? '–' : formatValue(diameter)}</span>
            </span>
          </li>
        ))}
      </ol>
      <footer className="review-foot">
        <span className="muted review-note">
          One decision: it is undone as one. Groups that were put off are left out.
        </span>
        <Button kind="primary" type="submit" disabled={!value || value.groups === 0 || working}>
          {working ? 'Deciding…' : `Decide ${value ? formatCount(value.groups) : ''} groups`}
        </Button>
      </footer>
    </form>
  );
}

function limitsOf({ diameter, size, weakest }: Draft): { limits: RuleLimits; wrong: string[] } {
  const read = { diameter: limit(diameter), size: limit(size), weakest: limit(weakest) };
  const wrong = Object.entries(read).flatMap(([key, value]) => (value === 'wrong' ? [key] : []));
  if (typeof read.size === 'number' && (!Number.isInteger(read.size) || read.size < 2)) wrong.push('size');
  const known = (value: number | 'any' | 'wrong'): number | undefined =>
    typeof value === 'number' ? value : undefined;
  const [maxDiameter, maxSize, maxWeakest] = [known(read.diameter), known(read.size), known(read.weakest)];
  return {
    limits: {
      ...(maxDiameter !== undefined && { maxDiameter }),
      ...(maxSize !== undefined && { maxSize }),
      ...(maxWeakest !== undefined && { maxWeakest }),
    },
    wrong,
  };
}

function limit(text: string): number | 'any' | 'wrong' {
  if (text.trim() === '') return 'any';
  const value = Number(text);
  return Number.isFinite(value) && value >= 0 ? value : 'wrong';
}
