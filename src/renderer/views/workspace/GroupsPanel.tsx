/** @file The largest duplicate groups of the newest balance, each with the picture that stays. */

import './groupsPanel.css';
import type { Group } from '../../../preload/contract.ts';
import { Empty, Failure, Loading, Panel } from '../../components/Panel.tsx';
import { Picture } from '../../components/Picture.tsx';
import { formatCount, formatValue } from '../../state/format.ts';
import { showView } from '../../state/session.ts';
import { currentDataset, useWorkspace } from '../../state/workspace.ts';

export function GroupsPanel() {
  const balance = useWorkspace((state) => currentDataset(state)?.balance);
  return (
    <Panel title="Largest duplicate groups" tools={balance && <Tools balance={balance} />}>
      <GroupsBody />
    </Panel>
  );
}

function Tools({ balance }: { balance: Parameters<typeof summaryOf>[0] }) {
  return (
    <>
      <span className="truncate">{summaryOf(balance)}</span>
      {balance.groups > 0 && (
        <button
          type="button"
          className="chip"
          onClick={() => {
            showView('duplicates');
          }}
        >
          Review
        </button>
      )}
    </>
  );
}

const summaryOf = ({ groups, removed, images }: { groups: number; removed: number; images: number }): string =>
  `${formatCount(groups)} groups, ${formatCount(removed)} of ${formatCount(images)} images removed`;

function GroupsBody() {
  const id = useWorkspace((state) => state.id);
  const balance = useWorkspace((state) => currentDataset(state)?.balance?.id);
  const shown = useWorkspace((state) => state.groups);
  const failure = useWorkspace((state) => state.groupsFailure);
  if (balance === undefined) {
    return (
      <Empty title="No balance yet">
        <p>Groups of near-identical pictures appear here once the embeddings are balanced.</p>
      </Empty>
    );
  }
  if (failure !== null) return <Failure title="The groups cannot be read" message={failure} />;
  if (shown?.balance !== balance || id === null) return <Loading what="groups" />;
  if (shown.groups.length === 0) {
    return (
      <Empty title="No duplicates">
        <p>No two pictures lie within beta of each other. A larger beta finds looser duplicates.</p>
      </Empty>
    );
  }
  return (
    <ul className="groups" tabIndex={0} aria-label="Duplicate groups">
      {shown.groups.map((group) => (
        <GroupRow key={group.id} workspace={id} group={group} />
      ))}
    </ul>
  );
}

function GroupRow({ workspace, group: { size, meanDistance, members } }: { workspace: string; group: Group }) {
  const more = size - members.length;
  return (
    <li className="group">
      <div className="group-head">
        <strong>{formatCount(size)} images</strong>
        <span className="muted">mean distance {formatValue(meanDistance)}</span>
      </div>
      <div className="group-pictures">
        {members.map((member) => (
          <Picture key={member.sample} workspace={workspace} member={member} />
        ))}
        {more > 0 && <span className="group-more">{formatCount(more)} more</span>}
      </div>
    </li>
  );
}
