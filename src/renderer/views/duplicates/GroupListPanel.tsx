/** @file The groups of a balance, as many as there are: sorted, filtered, read page by page while one scrolls. */

import './groupList.css';
import { useRef } from 'react';
import type { BalanceFacts, GroupOrder, GroupRow } from '../../../preload/contract.ts';
import { IconButton } from '../../components/Button.tsx';
import { Icon } from '../../components/Icon.tsx';
import { Empty, Loading, Panel } from '../../components/Panel.tsx';
import { Select } from '../../components/Select.tsx';
import { Thumbnail } from '../../components/Thumbnail.tsx';
import { useRows } from '../../components/useRows.ts';
import { chooseGroup, filterGroups, readOn, sortGroups, stepGroup, useDuplicates } from '../../state/duplicates.ts';
import { formatCount, formatValue } from '../../state/format.ts';
import { attempt } from '../../state/session.ts';

const rowPixels = 56;

const orders: { value: GroupOrder; label: string }[] = [
  { value: 'review', label: 'Undecided first' },
  { value: 'size', label: 'Size' },
  { value: 'diameter', label: 'Diameter' },
  { value: 'weakest', label: 'Weakest link' },
  { value: 'meanDistance', label: 'Mean distance' },
];

export function GroupListPanel({ workspace, facts }: { workspace: string; facts: BalanceFacts }) {
  const list = useDuplicates((state) => state.list);
  return (
    <Panel title={list ? `${formatCount(list.total)} groups` : 'Groups'} tools={<Tools facts={facts} />}>
      {!list ? (
        <Loading what="groups" />
      ) : list.groups.length === 0 ? (
        <NoGroups facts={facts} />
      ) : (
        <List workspace={workspace} groups={list.groups} total={list.total} more={list.next !== null} />
      )}
    </Panel>
  );
}

function Tools({ facts }: { facts: BalanceFacts }) {
  const order = useDuplicates((state) => state.order);
  const descending = useDuplicates((state) => state.descending);
  const minSize = useDuplicates((state) => state.minSize);
  const sizes = facts.histogram.filter(({ groups, from }) => groups > 0 || from === minSize).map(({ from }) => from);
  const offered = sizes.includes(minSize) ? sizes : [minSize, ...sizes];
  return (
    <>
      <Select
        label="Smallest size"
        value={String(minSize)}
        options={offered.map((size) => ({ value: String(size), label: size === 2 ? 'All sizes' : `${size} and more` }))}
        onChange={(value) => {
          attempt(filterGroups(Number(value)));
        }}
      />
      <Select
        label="Order"
        value={order}
        options={orders}
        onChange={(value) => {
          attempt(sortGroups(value, descending));
        }}
      />
      <IconButton
        icon={descending ? 'descending' : 'ascending'}
        label={descending ? 'Largest first' : 'Smallest first'}
        onClick={() => {
          attempt(sortGroups(order, !descending));
        }}
      />
    </>
  );
}

function NoGroups({ facts }: { facts: BalanceFacts }) {
  return facts.groups === 0 ? (
    <Empty title="No duplicates">
      <p>No two pictures lie within beta of each other. A larger beta finds looser duplicates.</p>
    </Empty>
  ) : (
    <Empty title="No group is that large">
      <p>Choose a smaller size above the list.</p>
    </Empty>
  );
}

interface ListProps {
  workspace: string;
  groups: GroupRow[];
  total: number;
  more: boolean;
}

function List({ workspace, groups, total, more }: ListProps) {
  const host = useRef<HTMLDivElement>(null);
  const chosen = useDuplicates((state) => state.chosen);
  const at = groups.findIndex(({ id }) => id === chosen);
  const { rows, height } = useRows({
    host,
    count: groups.length,
    rowPixels,
    shown: at,
    more,
    readOn: () => {
      attempt(readOn());
    },
  });
  return (
    <div
      ref={host}
      className="group-list"
      role="listbox"
      tabIndex={0}
      aria-label="Groups"
      aria-activedescendant={at < 0 ? undefined : optionId(groups[at]!.id)}
      onKeyDown={(event) => {
        if (event.key !== 'ArrowDown' && event.key !== 'ArrowUp') return;
        event.preventDefault();
        attempt(stepGroup(event.key === 'ArrowDown' ? 1 : -1));
      }}
    >
      <div style={{ height: height }}>
        {rows.map(({ index, start }) => {
          const group = groups[index]!;
          return (
            <div
              key={group.id}
              id={optionId(group.id)}
              className="group-row"
              role="option"
              aria-selected={group.id === chosen}
              aria-setsize={total}
              aria-posinset={index + 1}
              style={{ transform: `translateY(${start}px)`, height: rowPixels }}
              onClick={() => {
                attempt(chooseGroup(group.id));
              }}
            >
              <Row workspace={workspace} group={group} />
            </div>
          );
        })}
      </div>
    </div>
  );
}

const optionId = (group: number): string => `group-${group}`;

function Row({ workspace, group }: { workspace: string; group: GroupRow }) {
  const { size, kept, diameter, review, keeper } = group;
  const order = useDuplicates((state) => state.order);
  return (
    <>
      <span className="group-thumb">
        {keeper && <Thumbnail workspace={workspace} sample={keeper} size={128} decorative />}
      </span>
      <span className="group-words">
        <span className="group-size">
          <strong>{formatCount(size)}</strong> images
          <span className="muted">, {formatCount(kept)} kept</span>
        </span>
        <span className="muted truncate">
          {diameter === 0 ? 'the same to the teacher' : shownFacts[order](group).join(' · ')}
        </span>
      </span>
      {review === 'decided' && (
        <span className="group-decided" title="Somebody decided on this group">
          <Icon name="check" size={12} />
          <span className="visually-hidden">, decided</span>
        </span>
      )}
      {review === 'deferred' && (
        <span className="group-decided group-deferred" title="Put off: it comes back at the end">
          <Icon name="clock" size={12} />
          <span className="visually-hidden">, put off</span>
        </span>
      )}
    </>
  );
}

const diameterOf = ({ diameter, diameterExact }: GroupRow): string => `diameter ${bound(diameter, diameterExact)}`;
const weakestOf = ({ weakest }: GroupRow): string => `weakest link ${bound(weakest)}`;
const meanOf = ({ meanDistance }: GroupRow): string => `mean distance ${formatValue(meanDistance)}`;

/** What the list is sorted by comes first. */
const shownFacts: Record<GroupOrder, (group: GroupRow) => string[]> = {
  review: (group) => [diameterOf(group), weakestOf(group)],
  size: (group) => [diameterOf(group), weakestOf(group)],
  diameter: (group) => [diameterOf(group), weakestOf(group)],
  weakest: (group) => [weakestOf(group), diameterOf(group)],
  meanDistance: (group) => [meanOf(group), diameterOf(group)],
};

/** A distance, `≤` where it is only an upper bound. */
export const bound = (value: number | null, exact = true): string =>
  value === null ? '–' : `${exact ? '' : '≤ '}${formatValue(value)}`;
