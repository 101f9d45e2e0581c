/** @file The pictures of a group by distance to its centroid, as many as there are: arrows go, space selects. */

import { useEffect, useRef, type KeyboardEvent } from 'react';
import type { GroupDetail, ReviewMember } from '../../../preload/contract.ts';
import { Icon } from '../../components/Icon.tsx';
import { Thumbnail } from '../../components/Thumbnail.tsx';
import { useRows } from '../../components/useRows.ts';
import { useSize } from '../../components/useSize.ts';
import { moveSelection, readOnMembers, toggleMember, useDuplicates } from '../../state/duplicates.ts';
import { formatCount, formatValue } from '../../state/format.ts';
import { attempt } from '../../state/session.ts';

/** Smallest width of a card and the gap between two, in pixels; the captions below a picture take `textPixels`. */
const cardPixels = 172;
const gapPixels = 12;
const textPixels = 64;

export function MemberGrid({ workspace, detail }: { workspace: string; detail: GroupDetail }) {
  const { members, next, group } = detail;
  const host = useRef<HTMLDivElement>(null);
  const width = (useSize(host)?.width ?? 0) - 2 * gapPixels;
  const columns = Math.max(1, Math.floor((width + gapPixels) / (cardPixels + gapPixels)));
  const card = Math.floor((width + gapPixels) / columns) - gapPixels;
  const selection = useDuplicates((state) => state.selection);
  const { rows, height } = useRows({
    host,
    count: Math.ceil(members.length / columns),
    rowPixels: pictureHeight(Math.max(card, 0)) + textPixels + gapPixels,
    padding: gapPixels,
    shown: Math.floor(selection.current / columns),
    more: next !== null,
    readOn: () => {
      attempt(readOnMembers());
    },
  });
  // the keys of the pictures work as soon as a group is there
  useEffect(() => {
    if (document.activeElement === document.body) host.current?.focus();
  }, [group.id]);

  const press = (event: KeyboardEvent): void => {
    if (event.key === ' ') toggleMember(selection.current);
    else {
      const to = goal(event.key, selection.current, columns, members.length);
      if (to === undefined || event.ctrlKey || event.metaKey || event.altKey) return;
      moveSelection(to, event.shiftKey);
    }
    event.preventDefault();
  };
  const current = members[selection.current];
  return (
    <div
      ref={host}
      className="members"
      role="listbox"
      aria-multiselectable
      tabIndex={0}
      aria-label="Pictures of the group"
      aria-activedescendant={current && memberId(current.sample)}
      onKeyDown={press}
    >
      <div style={{ height: height }}>
        {width > 0 &&
          rows.map(({ index, start }) => (
            <div key={index} className="members-row" style={{ transform: `translateY(${start}px)`, gap: gapPixels }}>
              {members.slice(index * columns, (index + 1) * columns).map((member, column) => {
                const at = index * columns + column;
                return (
                  <MemberCard
                    key={member.sample}
                    workspace={workspace}
                    member={member}
                    at={at}
                    total={group.size}
                    width={card}
                    current={at === selection.current}
                    selected={selection.selected.has(member.sample)}
                  />
                );
              })}
            </div>
          ))}
      </div>
    </div>
  );
}

/** Most photographs are three by four. */
const pictureHeight = (width: number): number => Math.round(width * 0.75);

const memberId = (sample: number): string => `member-${sample}`;

/** Where a key leads. */
function goal(key: string, from: number, columns: number, count: number): number | undefined {
  switch (key) {
    case 'ArrowLeft':
      return from - 1;
    case 'ArrowRight':
      return from + 1;
    case 'ArrowUp':
      return from < columns ? from : from - columns;
    case 'ArrowDown':
      return from + columns < count ? from + columns : from;
    case 'Home':
      return 0;
    case 'End':
      return count - 1;
    default:
      return undefined;
  }
}

interface MemberCardProps {
  workspace: string;
  member: ReviewMember;
  at: number;
  total: number;
  width: number;
  current: boolean;
  selected: boolean;
}

function MemberCard({ workspace, member, at, total, width, current, selected }: MemberCardProps) {
  const { sample, path, caption, keep, verdict, distance, width: pixels, height } = member;
  const resolution = pixels && height ? `${formatCount(pixels)} × ${formatCount(height)}` : '';
  const state = stateOf(keep, verdict);
  return (
    <div
      id={memberId(sample)}
      className="member"
      role="option"
      aria-selected={selected}
      aria-setsize={total}
      aria-posinset={at + 1}
      data-current={current || undefined}
      data-keep={keep || undefined}
      style={{ width }}
      title={`${path}\n${caption}`}
      onClick={(event) => {
        if (event.shiftKey) moveSelection(at, true);
        else toggleMember(at);
      }}
    >
      <div className="member-picture" style={{ height: pictureHeight(width) }}>
        <Thumbnail workspace={workspace} sample={member} size={devicePixelRatio > 1 ? 512 : 256} decorative />
        {state && (
          <span className={keep ? 'member-state member-kept' : 'member-state'}>
            {verdict && <Icon name="person" size={10} />}
            {state}
          </span>
        )}
        <span className="member-check">{selected && <Icon name="check" size={12} />}</span>
      </div>
      <span className="member-figures">
        <b>
          <span className="visually-hidden">distance </span>
          {formatValue(distance)}
        </b>
        <span className="muted">{resolution}</span>
      </span>
      <span className="member-caption">{caption || path}</span>
    </div>
  );
}

/** What becomes of a picture; of an ordinary one that goes nothing is said. */
function stateOf(keep: boolean, verdict: ReviewMember['verdict']): string {
  if (keep) return 'kept';
  return verdict === 'remove' ? 'removed' : '';
}
