/** @file The first thing one sees: make a workspace, open one, or go on where one was. */

import './startView.css';
import { Button, IconButton } from '../components/Button.tsx';
import { Icon, Mark } from '../components/Icon.tsx';
import { ThemeSwitch } from '../components/ThemeSwitch.tsx';
import { keysOf } from '../app/shortcuts.ts';
import { baseName, formatAge } from '../state/format.ts';
import { attempt, chooseWorkspace, forgetWorkspace, openWorkspace, showPage, useSession } from '../state/session.ts';

export function StartView() {
  const version = useSession((session) => session.version);
  const opening = useSession((session) => session.opening);
  return (
    <main className="start">
      <div className="start-card">
        <header className="start-head">
          <Mark size={32} />
          <div>
            <h1>Distillery</h1>
            <p className="muted">Balance image-text data, review duplicates, distil a small CLIP.</p>
          </div>
        </header>
        <div className="start-actions">
          <Button
            kind="primary"
            icon="plus"
            keys={keysOf('workspace.create')}
            disabled={opening !== null}
            onClick={() => {
              attempt(chooseWorkspace('create'));
            }}
          >
            New workspace
          </Button>
          <Button
            icon="folder"
            keys={keysOf('workspace.open')}
            disabled={opening !== null}
            onClick={() => {
              attempt(chooseWorkspace('open'));
            }}
          >
            Open workspace
          </Button>
        </div>
        {opening !== null && (
          <p className="start-opening" role="status">
            Opening {opening}…
          </p>
        )}
        <OpenFailure />
        <Recent />
      </div>
      <footer className="start-foot">
        <span>Version {version}</span>
        <IconButton
          icon="settings"
          label={`Settings (${keysOf('settings.show') ?? ''})`}
          onClick={() => {
            showPage('settings');
          }}
        />
        <ThemeSwitch />
      </footer>
    </main>
  );
}

function OpenFailure() {
  const failure = useSession((session) => session.failure);
  if (!failure) return null;
  return (
    <div className="start-failure" role="alert">
      <Icon name="alert" />
      <p className="selectable">{failure.message}</p>
      {failure.canCreate && (
        <Button
          onClick={() => {
            attempt(openWorkspace(failure.dir, true));
          }}
        >
          Create one here
        </Button>
      )}
    </div>
  );
}

function Recent() {
  const recent = useSession((session) => session.recent);
  const opening = useSession((session) => session.opening);
  return (
    <section className="start-recent" aria-labelledby="recent">
      <h2 id="recent">Recent workspaces</h2>
      {recent.length === 0 && (
        <p className="muted">
          None yet. A workspace is a folder that holds everything about your datasets: embeddings, duplicate groups,
          clusters and trained models. Your pictures stay where they are. Make a new one in an empty folder to begin.
        </p>
      )}
      <ul>
        {recent.map(({ dir, openedAt }) => (
          <li key={dir}>
            <button
              type="button"
              className="start-entry"
              disabled={opening !== null}
              onClick={() => {
                attempt(openWorkspace(dir, false));
              }}
            >
              <span className="start-name truncate">{baseName(dir)}</span>
              <span className="muted">{formatAge(openedAt)}</span>
              <span className="start-dir muted truncate" title={dir}>
                {dir}
              </span>
            </button>
            <IconButton
              icon="close"
              label={`Remove ${baseName(dir)} from this list`}
              onClick={() => {
                attempt(forgetWorkspace(dir));
              }}
            />
          </li>
        ))}
      </ul>
    </section>
  );
}
