/** @file The current picture beside the grid: large, with all that is known of it and where it leads. */

import { useEffect, useState } from 'react';
import type { BrowseDetail, Dataset } from '../../../preload/contract.ts';
import { request } from '../../api/api.ts';
import { Button, IconButton } from '../../components/Button.tsx';
import { Empty, Failure, Loading } from '../../components/Panel.tsx';
import { browseBy, cellAt, showDetail, useBrowse } from '../../state/browse.ts';
import { decidePictures } from '../../state/browseDecisions.ts';
import { searchLike } from '../../state/browseSearch.ts';
import { chooseGroup, showBalance } from '../../state/duplicates.ts';
import { baseName, formatBytes, formatCount, formatValue } from '../../state/format.ts';
import { attempt, showView } from '../../state/session.ts';
import { useAnswer } from '../../state/useAnswer.ts';
import { Neighbours } from './Neighbours.tsx';
import { ZoomPicture } from './ZoomPicture.tsx';

export function DetailPanel({ workspace, dataset }: { workspace: string; dataset: Dataset }) {
  const shown = useBrowse((state) => state.detailShown);
  const sample = useBrowse((state) => cellAt(state, state.current)?.sample);
  const list = useBrowse((state) => state.list?.id);
  const settled = useSettled(sample, 80);
  const { value, failure } = useAnswer(
    'browse.detail',
    shown && settled !== undefined ? { workspace, sample: settled } : null,
    String(list),
  );
  if (!shown) return null;
  return (
    <aside className="browse-detail" aria-label="The current picture">
      <header>
        <h2 className="truncate" title={value?.path}>
          {value ? baseName(value.path) : 'Picture'}
        </h2>
        <IconButton
          icon="close"
          label="Close the panel"
          title="Close the panel (Esc)"
          onClick={() => {
            showDetail(false);
          }}
        />
      </header>
      {failure !== null ? (
        <Failure title="The picture cannot be read" message={failure} />
      ) : sample === undefined ? (
        <Empty title="No picture is chosen" />
      ) : !value ? (
        <Loading what="the picture" />
      ) : (
        <Detail workspace={workspace} dataset={dataset} detail={value} />
      )}
    </aside>
  );
}

/** What one stays at: keys that are held down ask for nothing on their way. */
export function useSettled<T>(value: T, ms: number): T {
  const [settled, setSettled] = useState(value);
  useEffect(() => {
    const timer = setTimeout(() => {
      setSettled(value);
    }, ms);
    return () => {
      clearTimeout(timer);
    };
  }, [value, ms]);
  return settled;
}

function Detail({ workspace, dataset, detail }: { workspace: string; dataset: Dataset; detail: BrowseDetail }) {
  const { status, caption, reason } = detail;
  return (
    <div className="browse-detail-body">
      {status === 'ok' ? (
        <ZoomPicture key={detail.sample} workspace={workspace} sample={detail} />
      ) : (
        <p className="browse-reason selectable">Skipped: {reason ?? 'no reason was written'}</p>
      )}
      {status === 'ok' && <Actions detail={detail} embedded={isEmbedded(dataset)} />}
      <p className="browse-caption selectable">{caption || <span className="muted">no caption</span>}</p>
      <Standing dataset={dataset} workspace={workspace} detail={detail} />
      <Facts detail={detail} />
      {status === 'ok' && isEmbedded(dataset) && (
        <Neighbours workspace={workspace} dataset={dataset.id} detail={detail} />
      )}
    </div>
  );
}

const isEmbedded = ({ embeddings }: Dataset): boolean => embeddings.some(({ complete }) => complete);

function Actions({ detail, embedded }: { detail: BrowseDetail; embedded: boolean }) {
  return (
    <div className="browse-actions">
      <Button
        icon="check"
        onClick={() => {
          attempt(decidePictures('keep', true));
        }}
      >
        Keep
      </Button>
      <Button
        icon="minus"
        onClick={() => {
          attempt(decidePictures('remove', true));
        }}
      >
        Remove
      </Button>
      {embedded && (
        <Button
          kind="quiet"
          icon="search"
          onClick={() => {
            attempt(searchLike(detail));
          }}
        >
          Similar
        </Button>
      )}
      {detail.file !== null && (
        <IconButton
          icon="copy"
          label="Copy the path"
          onClick={() => {
            attempt(request('clipboard.write', { text: detail.file! }));
          }}
        />
      )}
    </div>
  );
}

/** What became of it, and the way to its group and cluster. */
function Standing({ workspace, dataset, detail }: { workspace: string; dataset: Dataset; detail: BrowseDetail }) {
  const { group, cluster, removed, verdict, removedFor, status } = detail;
  const balance = dataset.balance?.id;
  const toGroup = async (id: number): Promise<void> => {
    showView('duplicates');
    if (balance !== undefined) await showBalance(workspace, dataset.id, balance);
    await chooseGroup(id);
  };
  if (status !== 'ok') return null;
  return (
    <div className="browse-standing">
      {dataset.balance && (
        <span className={removed ? 'browse-tag browse-bad' : 'browse-tag browse-good'}>
          {removed ? 'removed' : 'kept'}
        </span>
      )}
      {verdict && <span className="browse-tag">a person said {verdict}</span>}
      {removedFor !== null && <span className="browse-tag">for {removedFor}</span>}
      {group && (
        <Button
          kind="quiet"
          icon="duplicates"
          title="Look at it among the duplicates"
          onClick={() => {
            attempt(toGroup(group.id));
          }}
        >
          {`Group of ${formatCount(group.size)}, distance ${formatValue(group.distance)}`}
        </Button>
      )}
      {cluster !== null && (
        <>
          <Button
            kind="quiet"
            icon="browse"
            title="All pictures of this cluster"
            onClick={() => {
              browseBy({ cluster });
            }}
          >
            {`Cluster ${formatCount(cluster)}`}
          </Button>
          <IconButton
            icon="clusters"
            label="To the clusters"
            onClick={() => {
              showView('clusters');
            }}
          />
        </>
      )}
    </div>
  );
}

function Facts({ detail }: { detail: BrowseDetail }) {
  const { width, height, bytes } = detail;
  const rows: [name: string, value: string | null][] = [
    ['Size', width !== null && height !== null ? `${formatCount(width)} × ${formatCount(height)} pixels` : null],
    ['File', bytes === null ? null : formatBytes(bytes)],
    ['Path', detail.path],
    [detail.inArchive ? 'Archive' : 'Place', detail.file === detail.path ? null : detail.file],
    ['Label', detail.label],
    ['Position', formatCount(detail.position)],
    ['Sample', String(detail.sample)],
    ['Brightness', shownNumber(detail.brightness)],
    ['Contrast', shownNumber(detail.contrast)],
    ['Sharpness', shownNumber(detail.sharpness)],
    ['Agreement', shownNumber(detail.agreement)],
    ['sha256', detail.hash],
    ['uid', detail.uid],
  ];
  return (
    <dl className="browse-facts">
      {rows.map(
        ([name, value]) =>
          value !== null && (
            <div key={name}>
              <dt>{name}</dt>
              <dd className={name === 'sha256' || name === 'uid' ? 'mono selectable' : 'selectable'}>{value}</dd>
            </div>
          ),
      )}
    </dl>
  );
}

const shownNumber = (value: number | null): string | null => (value === null ? null : formatValue(value));
