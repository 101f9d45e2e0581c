/** @file Search, filters, order and zoom. */

import { useEffect, useRef, useState, type KeyboardEvent } from 'react';
import type { Dataset } from '../../../preload/contract.ts';
import { Button, IconButton } from '../../components/Button.tsx';
import { Icon } from '../../components/Icon.tsx';
import { Segments } from '../../components/Segments.tsx';
import { Select } from '../../components/Select.tsx';
import { filterBy, searchIn, setZoom, sortBy, useBrowse, zoomLevels } from '../../state/browse.ts';
import { endSearch, searchByMeaning, searchByPicture, stopSearch } from '../../state/browseSearch.ts';
import { fates, orders, statuses } from '../../state/browseFilter.ts';
import { attempt } from '../../state/session.ts';
import { FilterPopover } from './FilterPopover.tsx';

const modes = [
  { value: 'caption', label: 'Caption' },
  { value: 'meaning', label: 'Meaning' },
] as const;

export function BrowseBar({ dataset }: { dataset: Dataset }) {
  return (
    <div className="browse-bar" role="toolbar" aria-label="Search and filters">
      <SearchBox embedded={dataset.embeddings.some(({ complete }) => complete)} />
      <Filters dataset={dataset} />
      <FilterPopover dataset={dataset} />
      <span className="browse-gap" />
      <Order />
      <Zoom />
    </div>
  );
}

/** Captions are looked up while one types; meaning costs a look at every picture, so it waits for Enter. */
function SearchBox({ embedded }: { embedded: boolean }) {
  const mode = useBrowse((state) => state.mode);
  const caption = useBrowse((state) => state.filter.caption);
  const searching = useBrowse((state) => state.searching !== null);
  const [text, setText] = useState(caption);
  const [shown, setShown] = useState(caption);
  const found = useBrowse((state) => state.similar !== null);
  const [wasFound, setWasFound] = useState(found);
  // cleared elsewhere
  if (wasFound !== found) {
    setWasFound(found);
    if (!found && mode === 'meaning') setText('');
  }
  if (shown !== caption) {
    setShown(caption);
    if (mode === 'caption') setText(caption);
  }
  const wait = useRef<ReturnType<typeof setTimeout>>(undefined);
  useEffect(
    () => () => {
      clearTimeout(wait.current);
    },
    [],
  );
  const lookUp = (words: string, now: boolean): void => {
    clearTimeout(wait.current);
    if (mode === 'meaning') {
      if (!now) return;
      attempt(words.trim() === '' ? endSearch() : searchByMeaning({ text: words.trim() }, words.trim()));
      return;
    }
    wait.current = setTimeout(
      () => {
        setShown(words);
        attempt(filterBy({ caption: words }));
      },
      now ? 0 : 250,
    );
  };
  const press = (event: KeyboardEvent): void => {
    if (event.key === 'Enter') lookUp(text, true);
    else if (event.key === 'Escape' && searching) {
      event.stopPropagation();
      attempt(stopSearch());
    } else if (event.key === 'Escape' && text !== '') {
      event.stopPropagation();
      setText('');
      lookUp('', true);
    } else return;
    event.preventDefault();
  };
  return (
    <div className="browse-search">
      <Segments
        label="Search in"
        value={mode}
        options={modes}
        onChange={(value) => {
          searchIn(value);
        }}
      />
      <span className="browse-field">
        <Icon name="search" size={14} />
        <input
          id="browse-search"
          className="input"
          type="text"
          aria-label={mode === 'caption' ? 'Words of captions' : 'Search by meaning'}
          placeholder={placeholderOf(mode, embedded)}
          disabled={mode === 'meaning' && !embedded}
          spellCheck={false}
          maxLength={10_000}
          value={text}
          onChange={(event) => {
            setText(event.target.value);
            lookUp(event.target.value, false);
          }}
          onKeyDown={press}
        />
        {searching && <span className="browse-busy" role="status" aria-label="Searching" />}
      </span>
      {mode === 'meaning' && (
        <IconButton
          icon="file"
          label="Search by a picture of a file"
          disabled={!embedded}
          onClick={() => {
            attempt(searchByPicture());
          }}
        />
      )}
    </div>
  );
}

function placeholderOf(mode: 'caption' | 'meaning', embedded: boolean): string {
  if (mode === 'caption') return 'Words of captions';
  return embedded ? 'red fruit on a table, then Enter' : 'Embed the pictures first';
}

function Filters({ dataset }: { dataset: Dataset }) {
  const status = useBrowse((state) => state.filter.status);
  const fate = useBrowse((state) => state.filter.fate);
  return (
    <>
      {(dataset.skipped > 0 || status !== 'ok') && (
        <Select
          label="Status"
          value={status}
          options={statuses}
          onChange={(value) => {
            attempt(filterBy({ status: value }));
          }}
        />
      )}
      <Select
        label="Kept, removed or undecided"
        value={fate}
        options={dataset.balance ? fates : fates.filter(({ value }) => value !== 'kept' && value !== 'removed')}
        onChange={(value) => {
          attempt(filterBy({ fate: value }));
        }}
      />
    </>
  );
}

const similarity = { value: 'given', label: 'Similarity', descending: false } as const;

function Order() {
  const order = useBrowse((state) => state.order);
  const descending = useBrowse((state) => state.descending);
  const similar = useBrowse((state) => state.similar !== null);
  const offered = similar ? [similarity, ...orders] : orders;
  // the most similar come first as they were found
  const largestFirst = order === 'given' ? !descending : descending;
  return (
    <>
      <Select
        label="Order"
        value={order === 'given' && !similar ? 'import' : order}
        options={offered}
        onChange={(value) => {
          attempt(sortBy(value, offered.find((one) => one.value === value)?.descending ?? false));
        }}
      />
      <IconButton
        icon={largestFirst ? 'descending' : 'ascending'}
        label={largestFirst ? 'Largest first' : 'Smallest first'}
        onClick={() => {
          attempt(sortBy(order, !descending));
        }}
      />
    </>
  );
}

function Zoom() {
  const zoom = useBrowse((state) => state.zoom);
  return (
    <span className="browse-zoom">
      <Button
        kind="quiet"
        aria-label="Smaller pictures"
        title="Smaller pictures (-)"
        disabled={zoom === 0}
        onClick={() => {
          setZoom(zoom - 1);
        }}
      >
        −
      </Button>
      <input
        type="range"
        aria-label="Size of the pictures"
        min={0}
        max={zoomLevels - 1}
        step={1}
        value={zoom}
        onChange={(event) => {
          setZoom(Number(event.target.value));
        }}
      />
      <Button
        kind="quiet"
        aria-label="Larger pictures"
        title="Larger pictures (+)"
        disabled={zoom === zoomLevels - 1}
        onClick={() => {
          setZoom(zoom + 1);
        }}
      >
        +
      </Button>
    </span>
  );
}
