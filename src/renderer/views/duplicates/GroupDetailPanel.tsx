/** @file One group: what it is, what can be said of it, and its pictures. */

import './groupDetail.css';
import type { DecisionKind, GroupDetail } from '../../../preload/contract.ts';
import { Button, IconButton } from '../../components/Button.tsx';
import type { IconName } from '../../components/Icon.tsx';
import { Empty, Failure, Loading, Panel } from '../../components/Panel.tsx';
import { keysOf } from '../../app/shortcuts.ts';
import { acceptGroup, decideSelected, deferGroup, redoDecision, undoDecision } from '../../state/decisions.ts';
import { showClusters, showComparison, showDialog, stepGroup, useDuplicates } from '../../state/duplicates.ts';
import { formatCount, formatValue } from '../../state/format.ts';
import { targetsOf } from '../../state/selection.ts';
import { attempt } from '../../state/session.ts';
import { bound } from './GroupListPanel.tsx';
import { ClusterList } from './ClusterList.tsx';
import { CompareDialog } from './CompareDialog.tsx';
import { CutDialog } from './CutDialog.tsx';
import { MemberGrid } from './MemberGrid.tsx';

export function GroupDetailPanel({ workspace }: { workspace: string }) {
  const detail = useDuplicates((state) => state.detail);
  const chosen = useDuplicates((state) => state.chosen);
  const failure = useDuplicates((state) => state.detailFailure);
  const clustered = useDuplicates((state) => state.clustered);
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
          <Chained detail={detail} />
          {clustered ? (
            <ClusterList key={detail.group.id} workspace={workspace} detail={detail} />
          ) : (
            <MemberGrid workspace={workspace} detail={detail} />
          )}
          <CompareDialog workspace={workspace} members={detail.members} />
          <CutDialog workspace={workspace} detail={detail} />
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
  { kind: 'keep-only', icon: 'check', label: 'Keep', command: 'review.keep' },
  { kind: 'remove', icon: 'minus', label: 'Remove', command: 'review.remove' },
  { kind: 'split', icon: 'split', label: 'Split off', command: 'review.split' },
  { kind: 'not-duplicates', icon: 'different', label: 'Not duplicates', command: 'review.apart' },
] as const satisfies { kind: DecisionKind; icon: IconName; label: string; command: string }[];

const why: Partial<Record<DecisionKind, string>> = {
  'keep-only': 'These stay, the others of the group go',
  split: 'The selected share no group with the rest from the next balance on',
};

const tools = [
  { icon: 'undo', label: 'Undo', command: 'decision.undo', act: undoDecision },
  { icon: 'redo', label: 'Redo', command: 'decision.redo', act: redoDecision },
] as const;

function Actions({ detail }: { detail: GroupDetail }) {
  const selection = useDuplicates((state) => state.selection);
  const outcome = useDuplicates((state) => state.outcome);
  const selected = selection.selected.size;
  const [place, size] = [formatCount(selection.current + 1), formatCount(detail.group.size)];
  return (
    <div className="detail-actions" role="toolbar" aria-label="Decisions">
      <Button
        kind="primary"
        icon="check"
        keys={keysOf('review.accept')}
        title="What stays now is right: on to the next undecided group"
        disabled={detail.group.kept === 0}
        onClick={() => {
          attempt(acceptGroup());
        }}
      >
        Accept
      </Button>
      {decisions.map(({ kind, icon, label, command }) => (
        <Button
          key={kind}
          icon={icon}
          keys={keysOf(command)}
          disabled={targetsOf(kind, selection, detail) === undefined}
          title={
            kind === 'not-duplicates' && selected === 1 ? 'Select two or more, or none for the whole group' : why[kind]
          }
          onClick={() => {
            attempt(decideSelected(kind));
          }}
        >
          {label}
        </Button>
      ))}
      <Button
        icon="cut"
        keys={keysOf('review.cut')}
        onClick={() => {
          showDialog('cut');
        }}
      >
        Cut…
      </Button>
      <Button
        icon="clock"
        keys={keysOf('review.defer')}
        title="Comes back when no other group is left"
        onClick={() => {
          attempt(deferGroup());
        }}
      >
        Later
      </Button>
      {tools.map(({ icon, label, command, act }) => (
        <Button
          key={label}
          kind="quiet"
          icon={icon}
          keys={keysOf(command)}
          onClick={() => {
            attempt(act());
          }}
        >
          {label}
        </Button>
      ))}
      <Button
        kind="quiet"
        icon="search"
        keys={keysOf('members.compare')}
        title="Up to four side by side, over each other, or their difference"
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

/** From here on a group can be looked at by its clusters. */
const leastClustered = 20;
/** A group that is so many times as wide as beta is more than one thing. */
const chainedWidth = 1.5;

/** Union of neighbours makes chains: says so where it shows, and offers what helps. */
function Chained({ detail: { group } }: { detail: GroupDetail }) {
  const beta = useDuplicates((state) => state.facts?.beta ?? 0);
  const clustered = useDuplicates((state) => state.clustered);
  if (group.size < leastClustered) return null;
  const isChain = group.diameter !== null && group.diameter > chainedWidth * beta;
  return (
    <div className={isChain ? 'chained' : 'chained chained-quiet'}>
      <span>
        {isChain
          ? `A chain: each picture has a neighbour within ${formatValue(beta)}, but the ends lie up to ${formatValue(group.diameter!)} apart. Cut it where it hangs together least.`
          : `${formatCount(group.size)} pictures. Its clusters show what is in it.`}
      </span>
      <Button
        aria-pressed={clustered}
        onClick={() => {
          showClusters(!clustered);
        }}
      >
        {clustered ? 'All pictures' : 'Clusters'}
      </Button>
      {isChain && (
        <Button
          onClick={() => {
            showDialog('cut');
          }}
        >
          Cut…
        </Button>
      )}
    </div>
  );
}

/** What was parted stays in the group until balance runs again. */
function Apart({ detail: { apart } }: { detail: GroupDetail }) {
  if (apart.length === 0) return null;
  const sides = apart.map((sizes) =>
    sizes.every((size) => size === 1)
      ? `${formatCount(sizes.length)} that are no duplicates of each other`
      : sizes.map(formatCount).join(' from '),
  );
  return (
    <p className="detail-apart">
      Marked: {sides.slice(0, 5).join('; ')}
      {sides.length > 5 && ` and ${formatCount(sides.length - 5)} more`}. They part when balance runs again.
    </p>
  );
}
