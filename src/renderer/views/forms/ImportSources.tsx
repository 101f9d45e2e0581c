/** @file Folders, tables and archives to import: chosen, or dropped. */

import { request } from '../../api/api.ts';
import { Button, IconButton } from '../../components/Button.tsx';
import { Icon } from '../../components/Icon.tsx';
import { useDrop } from '../../components/useDrop.ts';
import { baseName } from '../../state/format.ts';
import { attempt } from '../../state/session.ts';

interface SourcesProps {
  'aria-describedby': string | undefined;
  'aria-invalid': boolean;
  sources: string[];
  onChange: (sources: string[]) => void;
}

export function ImportSources({ sources, onChange, ...control }: SourcesProps) {
  const add = (more: string[]): void => {
    onChange([...new Set([...sources, ...more])]);
  };
  const choose = async (what: 'folder' | 'files'): Promise<void> => {
    add(await request('source.choose', { what }));
  };
  const { over, target } = useDrop(add);
  return (
    <div className="drop" data-over={over || undefined} data-invalid={control['aria-invalid'] || undefined} {...target}>
      {sources.length > 0 && (
        <ul className="drop-sources" aria-label="Sources">
          {sources.map((source) => (
            <li key={source}>
              <Icon name={/\.\w{1,8}$/.test(baseName(source)) ? 'file' : 'folder'} />
              <span className="truncate" title={source}>
                <bdi>{source}</bdi>
              </span>
              <IconButton
                icon="close"
                label={`Leave out ${baseName(source)}`}
                onClick={() => {
                  onChange(sources.filter((other) => other !== source));
                }}
              />
            </li>
          ))}
        </ul>
      )}
      <div className="drop-actions">
        <Button
          icon="folder"
          {...control}
          onClick={() => {
            attempt(choose('folder'));
          }}
        >
          Choose folders…
        </Button>
        <Button
          icon="file"
          onClick={() => {
            attempt(choose('files'));
          }}
        >
          Choose files…
        </Button>
        <span className="muted">or drop them here</span>
      </div>
    </div>
  );
}
