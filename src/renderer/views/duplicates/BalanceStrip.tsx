/** @file What balance did, in numbers and two charts, and who reviews it. */

import './balanceStrip.css';
import type { BalanceFacts } from '../../../preload/contract.ts';
import { Icon } from '../../components/Icon.tsx';
import { Segments } from '../../components/Segments.tsx';
import { Stat } from '../../components/Stat.tsx';
import { keysOf } from '../../app/shortcuts.ts';
import { exportDecisions, importDecisions } from '../../state/decisions.ts';
import { showDialog, showLeaks, useDuplicates } from '../../state/duplicates.ts';
import { showForm } from '../../state/forms.ts';
import { formatCount, formatShare, formatValue } from '../../state/format.ts';
import { askAnnotator, attempt, useSession } from '../../state/session.ts';
import { RemovalChart } from './RemovalChart.tsx';
import { SizeHistogram } from './SizeHistogram.tsx';

export function BalanceStrip({ facts }: { facts: BalanceFacts }) {
  return (
    <div className="strip">
      <Numbers facts={facts} />
      <RemovalChart facts={facts} />
      <SizeHistogram histogram={facts.histogram} />
    </div>
  );
}

function Numbers({ facts }: { facts: BalanceFacts }) {
  const { groups, removed, images, kept, beta, keepRule, decisions, waiting, open, deferred } = facts;
  return (
    <section className="strip-numbers" aria-label="Balance">
      <dl>
        <Stat
          name="removed"
          value={formatCount(removed)}
          note={`${formatShare(removed / images)} of ${formatCount(images)}`}
        />
        <Stat name="kept" value={formatCount(kept)} note={`by ${keepRule}`} />
        <Stat
          name="groups"
          value={formatCount(groups)}
          note={`${formatCount(open)} undecided${deferred > 0 ? `, ${formatCount(deferred)} put off` : ''}, beta ${formatValue(beta)}`}
        />
        <Stat
          name="decisions"
          value={formatCount(decisions)}
          note={waiting > 0 ? `${formatCount(waiting)} wait for balance` : 'all in effect'}
        />
      </dl>
      <div className="strip-tools">
        <Annotator />
        {facts.against !== null && <LeaksSwitch facts={facts} />}
        <Tools waiting={waiting} />
      </div>
    </section>
  );
}

function Annotator() {
  const annotator = useSession((session) => session.annotator);
  return (
    <button
      type="button"
      className="chip"
      title="Each decision is stored with this name"
      onClick={() => {
        attempt(askAnnotator());
      }}
    >
      <Icon name="person" size={12} />
      {annotator === null ? 'Who reviews?' : `Reviewer: ${annotator}`}
    </button>
  );
}

/** What is about many decisions at once. */
function Tools({ waiting }: { waiting: number }) {
  const workspace = useDuplicates((state) => state.workspace);
  if (workspace === null) return null;
  return (
    <span className="strip-chips">
      {waiting > 0 && (
        <Chip
          label="Balance again…"
          title="Decisions that part groups count once balance runs again"
          act={() => {
            showForm('balance');
          }}
        />
      )}
      <Chip
        label="Rule…"
        title={`Decide many groups by a rule (${keysOf('review.rule') ?? ''})`}
        act={() => {
          showDialog('rule');
        }}
      />
      <Chip
        label="Agreement…"
        title={`Compare two reviewers (${keysOf('review.agreement') ?? ''})`}
        act={() => {
          showDialog('agreement');
        }}
      />
      <Chip
        label="Export…"
        title="Decisions as CSV, JSONL or parquet"
        act={() => {
          attempt(exportDecisions());
        }}
      />
      <Chip
        label="Import…"
        title="Decisions that were exported elsewhere"
        act={() => {
          attempt(importDecisions());
        }}
      />
    </span>
  );
}

function Chip({ label, title, act }: { label: string; title: string; act: () => void }) {
  return (
    <button type="button" className="chip" title={title} onClick={act}>
      {label}
    </button>
  );
}

function LeaksSwitch({ facts }: { facts: BalanceFacts }) {
  const shown = useDuplicates((state) => state.shown);
  return (
    <Segments
      label="Shown"
      value={shown}
      options={[
        { value: 'groups', label: `Groups ${formatCount(facts.groups)}` },
        { value: 'leaks', label: `Leaks ${formatCount(facts.leaks)}` },
      ]}
      onChange={(value) => {
        showLeaks(value === 'leaks');
      }}
    />
  );
}
