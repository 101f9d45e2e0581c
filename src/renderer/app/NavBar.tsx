/** @file The views of a workspace, down the side: where one is, and how much is there. */

import './navBar.css';
import { Icon, type IconName } from '../components/Icon.tsx';
import { formatCount } from '../state/format.ts';
import { showView, useSession, type View } from '../state/session.ts';
import { currentDataset, useWorkspace } from '../state/workspace.ts';
import type { Dataset } from '../../preload/contract.ts';
import { keysOf } from './shortcuts.ts';

const entries: { view: View; icon: IconName; label: string; count: (dataset: Dataset) => number | undefined }[] = [
  { view: 'overview', icon: 'overview', label: 'Overview', count: () => undefined },
  { view: 'browse', icon: 'browse', label: 'Browse', count: ({ images }) => images },
  { view: 'duplicates', icon: 'duplicates', label: 'Duplicates', count: ({ balance }) => balance?.groups },
  { view: 'clusters', icon: 'clusters', label: 'Clusters', count: ({ clustering }) => clustering?.clusters },
  { view: 'data', icon: 'data', label: 'Data', count: () => undefined },
  { view: 'runs', icon: 'runs', label: 'Runs', count: () => undefined },
  { view: 'results', icon: 'results', label: 'Results', count: () => undefined },
];

export function NavBar() {
  const shown = useSession((session) => session.view);
  const dataset = useWorkspace(currentDataset);
  return (
    <nav className="nav" aria-label="Views">
      {entries.map(({ view, icon, label, count }) => {
        const number = dataset && count(dataset);
        return (
          <button
            key={view}
            type="button"
            aria-current={view === shown ? 'page' : undefined}
            title={`${label} (${keysOf(`view.${view}`) ?? ''})`}
            onClick={() => {
              showView(view);
            }}
          >
            <Icon name={icon} />
            <span className="nav-label">{label}</span>
            {number !== undefined && <span className="nav-count">{formatCount(number)}</span>}
          </button>
        );
      })}
    </nav>
  );
}
