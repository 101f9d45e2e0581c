/** @file All pictures of a dataset, as many as there are: searched, filtered, sorted, looked at, selected and decided on. */

import './browse.css';
import { useEffect } from 'react';
import { Button } from '../../components/Button.tsx';
import { Empty, Failure, Loading } from '../../components/Panel.tsx';
import { ProgressBar } from '../../components/ProgressBar.tsx';
import { clearFilter, refreshBrowse, showDataset, useBrowse } from '../../state/browse.ts';
import { useBrowseSelection } from '../../state/browseSelection.ts';
import { formatCount } from '../../state/format.ts';
import { attempt, useSession } from '../../state/session.ts';
import { currentDataset, useWorkspace } from '../../state/workspace.ts';
import { FormButton } from '../forms/FormButton.tsx';
import { BrowseBar } from './BrowseBar.tsx';
import { Chips } from './Chips.tsx';
import { DetailPanel } from './DetailPanel.tsx';
import { ExportDialog } from './ExportDialog.tsx';
import { PictureGrid } from './PictureGrid.tsx';
import { SelectionBar } from './SelectionBar.tsx';

export function BrowseView() {
  const workspace = useWorkspace((state) => state.id);
  const dataset = useWorkspace(currentDataset);
  const id = dataset?.id;
  // what jobs, other windows and terminals do arrives by these numbers
  const version = [dataset?.images, dataset?.skipped, dataset?.decisions, dataset?.balance?.id, dataset?.balance?.kept];
  const handed = useBrowseSelection((state) => state.selection);
  const running = useSession((session) => session.service.state === 'running');
  useEffect(() => {
    if (workspace !== null && id !== undefined && running) void showDataset(workspace, id);
    // eslint-disable-next-line react-hooks/exhaustive-deps -- asked again for another version
  }, [workspace, id, running, version.join(' '), handed]);

  if (!dataset) {
    return (
      <Empty title="No data yet">
        <p>Import pictures with captions first. All of them can be searched, filtered and looked at here.</p>
        <FormButton form="import" label="Import data…" />
      </Empty>
    );
  }
  if (workspace === null) return <Loading what="pictures" />;
  return (
    <div className="browse">
      <BrowseBar dataset={dataset} />
      <Chips />
      <div className="browse-body">
        <section className="browse-main" aria-label="Pictures">
          <Pictures workspace={workspace} />
          <SelectionBar />
        </section>
        <DetailPanel workspace={workspace} dataset={dataset} />
      </div>
      <ExportDialog dataset={dataset} />
    </div>
  );
}

function Pictures({ workspace }: { workspace: string }) {
  const failure = useBrowse((state) => state.failure);
  const total = useBrowse((state) => state.list?.total);
  const indexing = useBrowse((state) => state.indexing);
  const question = useBrowse((state) => state.question);
  if (failure !== null) {
    return (
      <div className="browse-failure">
        <Failure title="The pictures cannot be listed" message={failure} />
        <Button
          onClick={() => {
            attempt(refreshBrowse());
          }}
        >
          Try again
        </Button>
      </div>
    );
  }
  if (indexing) return <Indexing {...indexing} />;
  if (total === undefined) return <Loading what="pictures" />;
  if (total === 0) return <NothingFound />;
  return <PictureGrid key={question} workspace={workspace} total={total} />;
}

function Indexing({ done, total }: { done: number; total: number }) {
  return (
    <div className="empty browse-indexing" role="status">
      <h3>Indexing captions for the first search</h3>
      <ProgressBar label="Captions indexed" fraction={total === 0 ? undefined : done / total} />
      <p className="muted">
        {formatCount(done)} of {formatCount(total)}
      </p>
    </div>
  );
}

function NothingFound() {
  return (
    <Empty title="No picture passes">
      <p>Take away a filter, or look for other words.</p>
      <Button
        onClick={() => {
          attempt(clearFilter());
        }}
      >
        Clear all filters
      </Button>
    </Empty>
  );
}
