/** @file What balance did, in numbers and two charts, and who reviews it. */

import './balanceStrip.css';
import type { BalanceFacts } from '../../../preload/contract.ts';
import { Icon } from '../../components/Icon.tsx';
import { showLeaks, useDuplicates } from '../../state/duplicates.ts';
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
  const { groups, removed, images, kept, beta, keepRule, decisions, waiting } = facts;
  return (
    <section className="strip-numbers" aria-label="Balance">
      <dl>
        <Stat
          name="removed"
          value={formatCount(removed)}
          note={`${formatShare(removed / images)} of ${formatCount(images)}`}
        />
        <Stat name="kept" value={formatCount(kept)} note={`by ${keepRule}`} />
        <Stat name="groups" value={formatCount(groups)} note={`within beta ${formatValue(beta)}`} />
        <Stat
          name="decisions"
          value={formatCount(decisions)}
          note={waiting > 0 ? `${formatCount(waiting)} for the next balance` : 'all in effect'}
        />
      </dl>
      <div className="strip-tools">
        <Annotator />
        {facts.against !== null && <LeaksSwitch facts={facts} />}
      </div>
    </section>
  );
}

function Stat({ name, value, note }: { name: string; value: string; note: string }) {
  return (
    <div className="stat">
      <dt>{name}</dt>
      <dd>
        <strong>{value}</strong>
        <span>{note}</span>
      </dd>
    </div>
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
      {annotator === null ? 'Who reviews?' : annotator}
    </button>
  );
}

function LeaksSwitch({ facts }: { facts: BalanceFacts }) {
  const shown = useDuplicates((state) => state.shown);
  const entries = [
    { leaks: false, label: `Groups ${formatCount(facts.groups)}` },
    { leaks: true, label: `Leaks ${formatCount(facts.leaks)}` },
  ];
  return (
    <div className="segments" role="group" aria-label="Shown">
      {entries.map(({ leaks, label }) => (
        <button
          key={label}
          type="button"
          aria-pressed={leaks === (shown === 'leaks')}
          onClick={() => {
            showLeaks(leaks);
          }}
        >
          {label}
        </button>
      ))}
    </div>
  );
}
