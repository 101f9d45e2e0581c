/** @file How many pictures pass, and by what: each filter can be taken away. */

import type { Progress } from '../../../preload/contract.ts';
import { Button } from '../../components/Button.tsx';
import { Icon } from '../../components/Icon.tsx';
import { ProgressBar } from '../../components/ProgressBar.tsx';
import { clearFilter, filterBy, pictures, useBrowse, type Browse } from '../../state/browse.ts';
import { endSearch, stopSearch } from '../../state/browseSearch.ts';
import { chipsOf } from '../../state/browseFilter.ts';
import { clearBrowseSelection, useBrowseSelection } from '../../state/browseSelection.ts';
import { formatCount } from '../../state/format.ts';
import { attempt } from '../../state/session.ts';
import { currentDataset, useWorkspace } from '../../state/workspace.ts';

export function Chips() {
  const total = useBrowse((state) => state.list?.total);
  const opening = useBrowse((state) => state.opening);
  const filter = useBrowse((state) => state.filter);
  const similar = useBrowse((state) => state.similar);
  const searching = useBrowse((state) => state.searching);
  const handed = useBrowseSelection((state) => state.selection);
  const dataset = useWorkspace(currentDataset);
  const own = handed?.dataset === dataset?.id ? handed : null;
  const chips = chipsOf(filter);
  const any = chips.length > 0 || similar !== null || own !== null;
  return (
    <div className="browse-chips">
      <span className="browse-total" role="status">
        {total === undefined ? '…' : <strong>{pictures(total)}</strong>}
        {dataset && total !== undefined && total < dataset.images && (
          <span className="muted"> of {formatCount(dataset.images)}</span>
        )}
        {opening && total !== undefined && <span className="muted"> listing…</span>}
      </span>
      {searching && <Searching {...searching} />}
      {similar && (
        <Chip
          text={`most similar to: ${similar.title}`}
          onRemove={() => {
            attempt(endSearch());
          }}
        />
      )}
      {own && <Chip text={own.title} onRemove={clearBrowseSelection} />}
      {chips.map(({ text, without }) => (
        <Chip
          key={text}
          text={text}
          onRemove={() => {
            attempt(filterBy(without));
          }}
        />
      ))}
      {any && (
        <Button
          kind="quiet"
          onClick={() => {
            attempt(clearFilter());
          }}
        >
          Clear all
        </Button>
      )}
    </div>
  );
}

function Searching({ title, progress }: NonNullable<Browse['searching']>) {
  const fraction = progress && progress.total > 0 ? progress.done / progress.total : undefined;
  return (
    <span className="browse-searching" role="group" aria-label="Search by meaning">
      <span className="muted truncate">
        searching for {title}: {progress ? stageText(progress) : 'starting…'}
      </span>
      <ProgressBar label="Pictures compared" fraction={fraction} />
      <Button
        icon="stop"
        title="Stop the search (Esc in the search box)"
        onClick={() => {
          attempt(stopSearch());
        }}
      >
        Stop
      </Button>
    </span>
  );
}

const stageText = ({ stage, done, total }: Progress): string =>
  stage === 'search' ? `compared ${formatCount(done)} of ${formatCount(total)}` : `${stage}…`;

function Chip({ text, onRemove }: { text: string; onRemove: () => void }) {
  return (
    <button
      type="button"
      className="chip browse-chip"
      title={`Without ${text}`}
      aria-label={`Without ${text}`}
      onClick={onRemove}
    >
      <span className="truncate">{text}</span>
      <Icon name="close" size={12} />
    </button>
  );
}
