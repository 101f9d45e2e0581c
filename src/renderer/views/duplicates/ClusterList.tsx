/** @file A large group from inside: parts that hang together within a distance, folded until one opens them. */

import './review.css';
import { useState } from 'react';
import type { Cursor, GroupDetail, ReviewMember } from '../../../preload/contract.ts';
import { request } from '../../api/api.ts';
import { Button } from '../../components/Button.tsx';
import { Failure, Loading } from '../../components/Panel.tsx';
import { Thumbnail } from '../../components/Thumbnail.tsx';
import { selectAlso, useDuplicates } from '../../state/duplicates.ts';
import { formatCount, formatValue } from '../../state/format.ts';
import { attempt } from '../../state/session.ts';
import { useAnswer } from '../../state/useAnswer.ts';

const shownClusters = 200;
const pageMembers = 120;
/** Members of a cluster that can be selected at once; a decision takes no more. */
const mostSelected = 50_000;
const sliderSteps = 200;

export function ClusterList({ workspace, detail }: { workspace: string; detail: GroupDetail }) {
  const [distance, setDistance] = useState<number | null>(null);
  const group = detail.group.id;
  const question = { workspace, group, distance, limit: shownClusters };
  const { value, failure } = useAnswer('clusters.inside', question, String(detail.apart.length));
  const [lengths, setLengths] = useState(value?.lengths);
  if (value && value.lengths.longest !== lengths?.longest) setLengths(value.lengths);
  if (failure !== null) return <Failure title="The group cannot be clustered" message={failure} />;
  if (!lengths) return <Loading what="the clusters" />;
  const { shortest, longest, most } = lengths;
  const within = distance ?? most;
  const step = (longest - shortest) / sliderSteps || 1e-6;
  return (
    <div className="clusters-inside">
      <div className="clusters-tools">
        <label htmlFor="clusters-distance">Together within</label>
        <input
          id="clusters-distance"
          type="range"
          min={shortest}
          max={longest}
          step={step}
          value={within}
          onChange={(event) => {
            setDistance(Number(event.target.value));
          }}
        />
        <output htmlFor="clusters-distance">{formatValue(within)}</output>
        {value && (
          <span className="muted">
            {formatCount(value.total)} clusters, {formatCount(value.singles)} pictures alone
            {value.total > shownClusters && `; the largest ${formatCount(shownClusters)} are listed`}
          </span>
        )}
      </div>
      {value === null ? (
        <Loading what="the clusters" />
      ) : (
        <div className="clusters-list">
          {value.clusters.map((cluster) => (
            <Cluster key={`${cluster.id} ${within}`} {...{ workspace, group, within, cluster }} />
          ))}
        </div>
      )}
    </div>
  );
}

interface ClusterProps {
  workspace: string;
  group: number;
  within: number;
  cluster: {
    id: number;
    size: number;
    examples: { sample: number; hasPicture: boolean; caption: string; path: string }[];
  };
}

function Cluster({ workspace, group, within, cluster }: ClusterProps) {
  const [members, setMembers] = useState<ReviewMember[] | null>(null);
  const [next, setNext] = useState<Cursor | null>(null);
  const read = async (after: Cursor | null): Promise<void> => {
    const question = { workspace, group, distance: within, cluster: cluster.id, after, limit: pageMembers };
    const page = await request('clusters.members', question);
    setMembers((before) => (after === null ? page.members : [...(before ?? []), ...page.members]));
    setNext(page.next);
  };
  const selectAll = async (): Promise<void> => {
    for (let after: Cursor | null = null, count = 0; count < mostSelected;) {
      const question = { workspace, group, distance: within, cluster: cluster.id, after, limit: 1000 };
      const page: { members: ReviewMember[]; next: Cursor | null } = await request('clusters.members', question);
      selectAlso(page.members.map(({ sample }) => sample));
      count += page.members.length;
      after = page.next;
      if (after === null) return;
    }
  };
  return (
    <details
      onToggle={(event) => {
        if (event.currentTarget.open && members === null) attempt(read(null));
      }}
    >
      <summary>
        <span className="cut-count">{formatCount(cluster.size)} pictures</span>
        <span className="cut-examples">
          {cluster.examples.map((sample) => (
            <Thumbnail key={sample.sample} workspace={workspace} sample={sample} size={128} decorative />
          ))}
        </span>
      </summary>
      <div className="cluster-members">
        <Button
          onClick={() => {
            attempt(selectAll());
          }}
        >
          Select all of it
        </Button>
        <Pictures workspace={workspace} members={members ?? []} />
        {next !== null && (
          <Button
            kind="quiet"
            onClick={() => {
              attempt(read(next));
            }}
          >
            More
          </Button>
        )}
      </div>
    </details>
  );
}

function Pictures({ workspace, members }: { workspace: string; members: ReviewMember[] }) {
  const selected = useDuplicates(({ selection }) => selection.selected);
  return (
    <ul className="cluster-pictures">
      {members.map((member) => (
        <li
          key={member.sample}
          data-keep={member.keep || undefined}
          data-selected={selected.has(member.sample) || undefined}
        >
          <button
            type="button"
            aria-pressed={selected.has(member.sample)}
            aria-label={`${member.caption || member.path}, distance ${formatValue(member.distance)}`}
            onClick={() => {
              toggleSample(member.sample);
            }}
          >
            <Thumbnail workspace={workspace} sample={member} size={128} decorative />
          </button>
        </li>
      ))}
    </ul>
  );
}

function toggleSample(sample: number): void {
  useDuplicates.setState(({ selection }) => ({
    selection: { ...selection, selected: selection.selected.symmetricDifference(new Set([sample])) },
  }));
}
