/** @file What is selected, and what can be done with it. */

import { Button } from '../../components/Button.tsx';
import { keysOf } from '../../app/shortcuts.ts';
import { pictures, selectAllPictures, selectNoPicture, showExport, useBrowse } from '../../state/browse.ts';
import { decidePictures, undoInBrowse } from '../../state/browseDecisions.ts';
import { formatCount } from '../../state/format.ts';
import { attempt } from '../../state/session.ts';
import { countOf } from '../../state/spans.ts';

export function SelectionBar() {
  const selected = useBrowse((state) => countOf(state.selected));
  const total = useBrowse((state) => state.list?.total ?? 0);
  const current = useBrowse((state) => state.current);
  const outcome = useBrowse((state) => state.outcome);
  if (total === 0) return null;
  return (
    <div className="browse-selection" role="toolbar" aria-label="Decisions">
      <Button
        icon="check"
        keys={keysOf('browse.keep')}
        onClick={() => {
          attempt(decidePictures('keep'));
        }}
      >
        Keep
      </Button>
      <Button
        icon="minus"
        keys={keysOf('browse.remove')}
        onClick={() => {
          attempt(decidePictures('remove'));
        }}
      >
        Remove
      </Button>
      <Button
        kind="quiet"
        icon="undo"
        keys={keysOf('browse.undo')}
        onClick={() => {
          attempt(undoInBrowse());
        }}
      >
        Undo
      </Button>
      <Button
        kind="quiet"
        icon="export"
        keys={keysOf('browse.export')}
        onClick={() => {
          showExport(true);
        }}
      >
        Export…
      </Button>
      <span className="browse-outcome truncate" role="status">
        {outcome}
      </span>
      <span className="muted browse-place">
        {selected > 0 ? `${pictures(selected)} selected` : `${formatCount(current + 1)} of ${formatCount(total)}`}
      </span>
      {selected < total && (
        <Button kind="quiet" keys={keysOf('browse.all')} onClick={selectAllPictures}>
          {`Select all ${formatCount(total)}`}
        </Button>
      )}
      {selected > 0 && (
        <Button kind="quiet" keys={keysOf('browse.none')} onClick={selectNoPicture}>
          None
        </Button>
      )}
    </div>
  );
}
