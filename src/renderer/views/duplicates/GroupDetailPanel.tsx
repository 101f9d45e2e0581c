/** @file One group: what it is, what can be said of it, and its pictures. */

import './groupDetail.css';
import type { DecisionKind, GroupDetail } from '../../../preload/contract.ts';
import { Button, IconButton } from '../../components/Button.tsx';
import type { IconName } from '../../components/Icon.tsx';
import { Empty, Failure, Loading, Panel } from '../../components/Panel.tsx';
import { keysOf } from '../../app/shortcuts.ts';
import { decideSelected, showComparison, stepGroup, undoDecision, useDuplicates } from '../../state/duplicates.ts';
import { formatCount, formatValue } from '../../state/format.ts';
import { targetsOf } from '../../state/selection.ts';
import { attempt } from '../../state/session.ts';
import { bound } from './GroupListPanel.tsx';
import { CompareDialog } from './CompareDialog.tsx';
import { MemberGrid } from './MemberGrid.tsx';

export function GroupDetailPanel({ workspace }: { workspace: string }) {
  const detail = useDuplicates((state) => state.detail);
  const chosen = useDuplicates((state) => state.chosen);
  const failure = useDuplicates((state) => state.detailFailure);
  return (
    <Panel title={detail ? `Group of ${formatCount(detail.group.size)}` : 'Group'} tools={<Tools detail={detail} />}>
      {failure !== null ? (
        <Failure title="The group cannot be read" message={failure} />
      ) : chosen === null ? (
        <Empty title="No group is chosen">
          <p>Choose one from the list to look at its pictures.</p>
        </Empty>
      ) : !detail ? (
        <Loading what="the group" />
      ) : (
        <>
          <Actions detail={detail} />
          <Apart detail={detail} />
          <MemberGrid workspace={workspace} detail={detail} />
          <CompareDialog workspace={workspace} members={detail.members} />
        </>
      )}
    </Panel>
  );
}

function Tools({ detail }: { detail: GroupDetail | null }) {
  const list = useDuplicates((state) => state.list);
  const chosen = useDuplicates((state) => state.chosen);
  if (!detail || !list) return null;
  const { meanDistance, diameter, diameterExact, weakest, kept } = detail.group;
  const at = list.groups.findIndex(({ id }) => id === chosen);
  const facts = [
    `${formatCount(kept)} kept`,
    `mean distance ${formatValue(meanDistance)}`,
    `diameter ${bound(diameter, diameterExact)}`,
    `weakest link ${bound(weakest)}`,
  ];
  return (
    <>
      <span className="detail-facts truncate">{facts.join(' · ')}</span>
      {at >= 0 && (
        <span className="detail-place">
          {formatCount(at + 1)} of {formatCount(list.total)}
        </span>
      )}
      <span className="detail-steps">
        <Step step={-1} icon="previous" label="Previous group" keys={keysOf('group.previous')} disabled={at <= 0} />
        <Step step={1} icon="next" label="Next group" keys={keysOf('group.next')} disabled={at + 1 >= list.total} />
      </span>
    </>
  );
}

interface StepProps {
  step: 1 | -1;
  icon: IconName;
  label: string;
  keys: string | undefined;
  disabled: boolean;
}

function Step({ step, icon, label, keys, disabled }: StepProps) {
  return (
    <IconButton
      icon={icon}
      label={label}
      title={`${label} (${keys ?? ''})`}
      disabled={disabled}
      onClick={() => {
        attempt(stepGroup(step));
      }}
    />
  );
}

const decisions = [
  { kind: 'keep', icon: 'check', label: 'Keep', command: 'review.keep' },
  { kind: 'remove', icon: 'minus', label: 'Remove', command: 'review.remove' },
  { kind: 'not-duplicates', icon: 'split', label: 'Not duplicates', command: 'review.apart' },
] as const satisfies { kind: DecisionKind; icon: IconName; label: string; command: string }[];

function Actions({ detail }: { detail: GroupDetail }) {
  const selection = useDuplicates((state) => state.selection);
  const outcome = useDuplicates((state) => state.outcome);
  const selected = selection.selected.size;
  const [place, size] = [formatCount(selection.current + 1), formatCount(detail.group.size)];
  return (
    <div className="detail-actions" role="toolbar" aria-label="Decisions">
      {decisions.map(({ kind, icon, label, command }) => (
        <Button
          key={kind}
          icon={icon}
          keys={keysOf(command)}
          disabled={targetsOf(kind, selection, detail.members) === undefined}
          title={
            kind === 'not-duplicates' && selected === 1 ? 'Select two or more, or none for the whole group' : undefined
          }
          onClick={() => {
            attempt(decideSelected(kind));
          }}
        >
          {label}
        </Button>
      ))}
      <Button
        kind="quiet"
        icon="undo"
        keys={keysOf('decision.undo')}
        onClick={() => {
          attempt(undoDecision());
        }}
      >
        Undo
      </Button>
      <Button
        kind="quiet"
        icon="search"
        keys={keysOf('members.compare')}
        title="Up to four side by side"
        onClick={() => {
          showComparison(true);
        }}
      >
        Look closer
      </Button>
      <span className="detail-outcome truncate" role="status">
        {selected > 0 ? `${formatCount(selected)} selected` : (outcome ?? `picture ${place} of ${size}`)}
      </span>
    </div>
  );
}

/** What was said to be no duplicates stays in the group until balance runs again. */
function Apart({ detail: { apart, group } }: { detail: GroupDetail }) {
  if (apart.length === 0) return null;
  const all = apart.some((set) => set.length === group.size);
  const numbers = apart.map((set) => formatCount(set.length)).join(', ');
  return (
    <p className="detail-apart">
      {all ? 'Marked as no duplicates' : `Marked as no duplicates of each other: ${numbers} of these pictures`}. They
      part when balance runs again.
    </p>
  );
}
