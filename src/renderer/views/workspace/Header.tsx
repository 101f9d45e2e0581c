/** @file Where one is, and the one thing to do next. */

import './header.css';
import type { WorkspaceInfo } from '../../../preload/contract.ts';
import { request } from '../../api/api.ts';
import { Button, IconButton } from '../../components/Button.tsx';
import { Icon, Mark } from '../../components/Icon.tsx';
import { Select } from '../../components/Select.tsx';
import { ThemeSwitch } from '../../components/ThemeSwitch.tsx';
import { keysOf } from '../../app/shortcuts.ts';
import { showForm } from '../../state/forms.ts';
import type { FormName } from '../../state/jobForms.ts';
import { attempt, closeWorkspace, showHelp, showPage } from '../../state/session.ts';
import { chooseDataset, currentDataset, startConfig, startJob, useWorkspace } from '../../state/workspace.ts';

export function Header({ workspace }: { workspace: WorkspaceInfo }) {
  return (
    <header className="header">
      <button
        type="button"
        className="header-home"
        aria-label="Close the workspace"
        title={`Close the workspace (${keysOf('workspace.close') ?? ''})`}
        onClick={() => {
          attempt(closeWorkspace());
        }}
      >
        <Mark />
      </button>
      <h1 className="truncate">{workspace.name}</h1>
      <span className="header-dir muted truncate selectable" title={workspace.dir}>
        {workspace.dir}
      </span>
      <DatasetChoice />
      <ReportButton workspace={workspace} />
      <IconButton
        icon="folder"
        label="Open the folder of this workspace"
        onClick={() => {
          attempt(request('workspace.show', { workspace: workspace.id, what: 'folder' }));
        }}
      />
      <StartMenu />
      <ThemeSwitch />
      <IconButton
        icon="settings"
        label={`Settings (${keysOf('settings.show') ?? ''})`}
        onClick={() => {
          showPage('settings');
        }}
      />
      <IconButton
        icon="help"
        label="Keyboard shortcuts"
        onClick={() => {
          showHelp(true);
        }}
      />
    </header>
  );
}

function ReportButton({ workspace }: { workspace: WorkspaceInfo }) {
  const hasReport = useWorkspace((state) => state.summary?.report === true);
  if (!hasReport) return null;
  return (
    <Button
      icon="file"
      onClick={() => {
        attempt(request('workspace.show', { workspace: workspace.id, what: 'report' }));
      }}
    >
      Report
    </Button>
  );
}

function DatasetChoice() {
  const datasets = useWorkspace((state) => state.summary?.datasets);
  const current = useWorkspace((state) => currentDataset(state)?.id);
  if (!datasets || datasets.length < 2 || current === undefined) return null;
  return (
    <Select
      label="Dataset"
      value={String(current)}
      options={datasets.map(({ id, name }) => ({ value: String(id), label: name }))}
      onChange={(value) => {
        chooseDataset(Number(value));
      }}
    />
  );
}

/** What can be started; while something runs, it waits for that. */
function StartMenu() {
  const none = useWorkspace((state) => state.summary?.datasets.length === 0);
  const form = (name: FormName) => () => {
    showForm(name);
    return Promise.resolve();
  };
  const entries = [
    { label: 'Import data…', hint: undefined, work: form('import') },
    ...(none
      ? []
      : [
          { label: 'Embed…', hint: undefined, work: form('embed') },
          { label: 'Balance…', hint: undefined, work: form('balance') },
          { label: 'Cluster…', hint: undefined, work: form('cluster') },
          { label: 'Distil…', hint: undefined, work: form('distill') },
          { label: 'Evaluate…', hint: undefined, work: form('evaluate') },
          { label: 'Export…', hint: undefined, work: form('export') },
        ]),
    { label: 'Add a teacher…', hint: undefined, work: form('teacher') },
    { label: 'Quick demo', hint: keysOf('job.start'), work: () => startJob({ kind: 'demo', quick: true }) },
    { label: 'Full demo', hint: undefined, work: () => startJob({ kind: 'demo', quick: false }) },
    { label: 'Pipeline of a configuration…', hint: undefined, work: startConfig },
  ];
  return (
    <>
      <Button icon="play" popoverTarget="start-menu" className="header-start">
        Start <Icon name="chevron" size={12} />
      </Button>
      <div id="start-menu" popover="auto" role="group" aria-label="Start">
        {entries.map(({ label, hint, work }) => (
          <button
            key={label}
            type="button"
            popoverTarget="start-menu"
            popoverTargetAction="hide"
            onClick={() => {
              attempt(work());
            }}
          >
            {label}
            {hint && <kbd aria-hidden="true">{hint}</kbd>}
          </button>
        ))}
      </div>
    </>
  );
}
