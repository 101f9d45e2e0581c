/** @file Images near those of another dataset, such as a test set, side by side with the nearest one there. */

import './leaks.css';
import { useEffect, useRef, useState } from 'react';
import type { BalanceFacts, LeakPage, SampleView } from '../../../preload/contract.ts';
import { messageOf, request } from '../../api/api.ts';
import { Empty, Failure, Loading, Panel } from '../../components/Panel.tsx';
import { Thumbnail } from '../../components/Thumbnail.tsx';
import { useRows } from '../../components/useRows.ts';
import { formatCount, formatValue } from '../../state/format.ts';

const rowPixels = 88;
const pageLeaks = 100;

export function LeaksPanel({ workspace, balance, facts }: { workspace: string; balance: number; facts: BalanceFacts }) {
  const [page, setPage] = useState<LeakPage | null>(null);
  const [failure, setFailure] = useState<string | null>(null);
  // the cursor of the page that is wanted; null for the first
  const [after, setAfter] = useState<LeakPage['next']>(null);
  useEffect(() => {
    let wanted = true;
    request('leaks.page', { workspace, balance, after, limit: pageLeaks })
      .then((read) => {
        if (!wanted) return;
        setPage((before) => ({
          leaks: after && before ? [...before.leaks, ...read.leaks] : read.leaks,
          next: read.next,
        }));
      })
      .catch((error: unknown) => {
        if (wanted) setFailure(messageOf(error));
      });
    return () => {
      wanted = false;
    };
  }, [workspace, balance, after]);
  const title = `Images within beta of "${facts.against ?? ''}"`;
  return (
    <div className="leaks-place">
      <Panel title={title} tools={<span>{formatCount(facts.leaks)} leaks, the nearest first</span>}>
        {failure !== null ? (
          <Failure title="The leaks cannot be read" message={failure} />
        ) : !page ? (
          <Loading what="leaks" />
        ) : page.leaks.length === 0 ? (
          <Empty title="No leaks">
            <p>No image lies within beta of one of the other dataset.</p>
          </Empty>
        ) : (
          <LeakRows workspace={workspace} page={page} facts={facts} readOn={setAfter} />
        )}
      </Panel>
    </div>
  );
}

interface LeakRowsProps {
  workspace: string;
  page: LeakPage;
  facts: BalanceFacts;
  readOn: (after: LeakPage['next']) => void;
}

function LeakRows({ workspace, page: { leaks, next }, facts, readOn }: LeakRowsProps) {
  const host = useRef<HTMLDivElement>(null);
  const { rows, height } = useRows({
    host,
    count: leaks.length,
    rowPixels,
    shown: -1,
    more: next !== null,
    readOn: () => {
      readOn(next);
    },
  });
  return (
    <div ref={host} className="leaks" role="list" tabIndex={0} aria-label="Leaks">
      <div style={{ height: height }}>
        {rows.map(({ index, start }) => {
          const { other, distance, removed, ...image } = leaks[index]!;
          return (
            <div
              key={image.sample}
              className="leak"
              role="listitem"
              aria-setsize={facts.leaks}
              aria-posinset={index + 1}
              style={{ transform: `translateY(${start}px)`, height: rowPixels }}
            >
              <Side workspace={workspace} sample={image} />
              <span className="leak-distance">
                <b>{distance === null ? '–' : formatValue(distance)}</b>
                <span className="muted">{removed ? 'removed' : 'only listed'}</span>
              </span>
              {other ? <Side workspace={workspace} sample={other} /> : <span className="muted">no longer there</span>}
            </div>
          );
        })}
      </div>
    </div>
  );
}

function Side({ workspace, sample }: { workspace: string; sample: SampleView }) {
  return (
    <span className="leak-side">
      <span className="leak-picture">
        <Thumbnail workspace={workspace} sample={sample} decorative />
      </span>
      <span className="leak-words">
        <span className="leak-caption">{sample.caption || '–'}</span>
        <span className="muted truncate" title={sample.path}>
          {sample.path}
        </span>
      </span>
    </span>
  );
}
