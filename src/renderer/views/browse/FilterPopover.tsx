/** @file The filters that are used now and then: label, cluster, flag, resolution, file size. */

import { useId, useState } from 'react';
import type { BrowseFilter, Dataset } from '../../../preload/contract.ts';
import { Button } from '../../components/Button.tsx';
import { Icon } from '../../components/Icon.tsx';
import { Select } from '../../components/Select.tsx';
import { filterBy, useBrowse } from '../../state/browse.ts';
import { flagLabels, wholeOf } from '../../state/browseFilter.ts';
import { formatCount } from '../../state/format.ts';
import { attempt } from '../../state/session.ts';
import { useAnswer } from '../../state/useAnswer.ts';

export function FilterPopover({ dataset }: { dataset: Dataset }) {
  const [open, setOpen] = useState(false);
  return (
    <>
      <Button popoverTarget="browse-filters" className="browse-more">
        Filters <Icon name="chevron" size={12} />
      </Button>
      <div
        id="browse-filters"
        popover="auto"
        role="group"
        aria-label="More filters"
        onToggle={(event) => {
          setOpen(event.newState === 'open');
        }}
      >
        {open && <Fields dataset={dataset} />}
      </div>
    </>
  );
}

function Fields({ dataset }: { dataset: Dataset }) {
  const filter = useBrowse((state) => state.filter);
  const workspace = useBrowse((state) => state.workspace);
  const { value: labels } = useAnswer(
    'browse.labels',
    workspace === null ? null : { workspace, dataset: dataset.id },
    String(dataset.images),
  );
  const offered = (labels ?? []).map(({ label, images }) => ({
    value: `=${label}`,
    label: `${label} (${formatCount(images)})`,
  }));
  const own = filter.label === null || offered.some(({ value }) => value === `=${filter.label}`);
  const clusters = dataset.clustering?.clusters;
  return (
    <div className="browse-filters">
      {labels && (labels.length > 0 || filter.label !== null) && (
        <Row label="Label">
          <Select
            label="Label"
            value={filter.label === null ? '' : `=${filter.label}`}
            options={[
              { value: '', label: 'All labels' },
              ...(own ? [] : [{ value: `=${filter.label}`, label: filter.label! }]),
              ...offered,
            ]}
            onChange={(value) => {
              attempt(filterBy({ label: value === '' ? null : value.slice(1) }));
            }}
          />
        </Row>
      )}
      {clusters !== undefined && (
        <Row label="Cluster">
          <NumberField
            label="Cluster"
            value={filter.cluster}
            hint={`0 to ${formatCount(clusters - 1)}`}
            change={(cluster) => ({ cluster })}
          />
        </Row>
      )}
      <Row label="Quality">
        <Select
          label="Quality flag"
          value={filter.flag ?? ''}
          options={[
            { value: '', label: 'With and without flags' },
            ...flags.map((flag) => ({ value: flag, label: flagLabels[flag] })),
          ]}
          onChange={(value) => {
            attempt(filterBy({ flag: value === '' ? null : value }));
          }}
        />
      </Row>
      <Row label="Shorter side">
        <NumberField label="Shorter side from" value={filter.minSide} hint="from" change={(minSide) => ({ minSide })} />
        <NumberField label="Shorter side to" value={filter.maxSide} hint="to" change={(maxSide) => ({ maxSide })} />
        <span className="muted">px</span>
      </Row>
      <Row label="File size">
        <NumberField
          label="File size from"
          value={filter.minBytes}
          unit={1000}
          hint="from"
          change={(minBytes) => ({ minBytes })}
        />
        <NumberField
          label="File size to"
          value={filter.maxBytes}
          unit={1000}
          hint="to"
          change={(maxBytes) => ({ maxBytes })}
        />
        <span className="muted">kB</span>
      </Row>
    </div>
  );
}

/** `disagreement` has no threshold of its own. */
const flags = (Object.keys(flagLabels) as NonNullable<BrowseFilter['flag']>[]).filter(
  (flag) => flag !== 'disagreement',
);

function Row({ label, children }: { label: string; children: React.ReactNode }) {
  return (
    <div className="browse-filter">
      <span>{label}</span>
      <div>{children}</div>
    </div>
  );
}

interface NumberFieldProps {
  label: string;
  value: number | null;
  /** Of what is shown: 1000 bytes. */
  unit?: number;
  hint: string;
  change: (value: number | null) => Partial<BrowseFilter>;
}

/** Takes effect with Enter, or when one leaves it. */
function NumberField({ label, value, unit = 1, hint, change }: NumberFieldProps) {
  const id = useId();
  const [text, setText] = useState(value === null ? '' : String(value / unit));
  const [wrong, setWrong] = useState(false);
  const take = (): void => {
    const number = wholeOf(text, unit);
    setWrong(number === undefined);
    if (number !== undefined && number !== value) attempt(filterBy(change(number)));
  };
  return (
    <input
      id={id}
      className="input browse-number"
      inputMode="numeric"
      aria-label={label}
      aria-invalid={wrong}
      title={wrong ? 'A whole number, or nothing' : undefined}
      placeholder={hint}
      value={text}
      onChange={(event) => {
        setText(event.target.value);
      }}
      onBlur={take}
      onKeyDown={(event) => {
        if (event.key === 'Enter') take();
      }}
    />
  );
}
