/** @file The pictures that are nearest to one by its embedding. */

import { useEffect } from 'react';
import type { BrowseDetail } from '../../../preload/contract.ts';
import { request } from '../../api/api.ts';
import { Thumbnail } from '../../components/Thumbnail.tsx';
import { neighboursAsker, searchLike } from '../../state/browseSearch.ts';
import { attempt } from '../../state/session.ts';
import { useAnswer } from '../../state/useAnswer.ts';
import { useSettled } from './DetailPanel.tsx';

const shown = 12;
/** Comparing with every picture takes a moment, so one has to stay. */
const stayMs = 400;

interface NeighboursProps {
  workspace: string;
  dataset: number;
  detail: BrowseDetail;
}

export function Neighbours({ workspace, dataset, detail }: NeighboursProps) {
  const sample = useSettled(detail.sample, stayMs);
  const { value, failure } = useAnswer('search.run', {
    ...{ workspace, asker: neighboursAsker, dataset, teacher: null, query: { sample }, which: 'all', limit: shown + 1 },
  });
  // nobody waits for them any more
  useEffect(
    () => () => {
      attempt(request('search.stop', { workspace, asker: neighboursAsker }));
    },
    [workspace],
  );
  const rows = value?.rows.filter((row) => row.sample !== sample).slice(0, shown);
  return (
    <section className="browse-near" aria-label="Nearest pictures">
      <h3>Nearest pictures{value && <span className="muted"> by {value.teacher}</span>}</h3>
      {failure !== null ? (
        <p className="muted selectable">{failure}</p>
      ) : !rows ? (
        <p className="muted">Comparing…</p>
      ) : (
        <ul>
          {rows.map((row) => (
            <li key={row.sample}>
              <button
                type="button"
                title={`${row.caption || row.path}\nSearch pictures like it`}
                onClick={() => {
                  attempt(searchLike(row));
                }}
              >
                <span className="browse-near-picture">
                  <Thumbnail workspace={workspace} sample={row} size={128} />
                </span>
                <span className={row.kept ? '' : 'browse-gone'}>{row.similarity.toFixed(3)}</span>
              </button>
            </li>
          ))}
        </ul>
      )}
    </section>
  );
}
