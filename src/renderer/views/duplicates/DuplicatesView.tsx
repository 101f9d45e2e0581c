/** @file The review of duplicates: what balance found above, the groups beside the one that is looked at. */

import './duplicatesView.css';
import { useEffect } from 'react';
import { FormButton } from '../forms/FormButton.tsx';
import { Empty, Failure, Loading } from '../../components/Panel.tsx';
import { showBalance, useDuplicates } from '../../state/duplicates.ts';
import { useSession } from '../../state/session.ts';
import { currentDataset, useWorkspace } from '../../state/workspace.ts';
import { AgreementDialog } from './AgreementDialog.tsx';
import { BalanceStrip } from './BalanceStrip.tsx';
import { GroupDetailPanel } from './GroupDetailPanel.tsx';
import { GroupListPanel } from './GroupListPanel.tsx';
import { LeaksPanel } from './LeaksPanel.tsx';
import { RuleDialog } from './RuleDialog.tsx';

export function DuplicatesView() {
  const workspace = useWorkspace((state) => state.id);
  const dataset = useWorkspace(currentDataset);
  const id = dataset?.id;
  const balance = dataset?.balance?.id;
  // decisions of a terminal or of another window arrive by these numbers
  const version = `${dataset?.decisions ?? 0} ${dataset?.balance?.kept ?? 0}`;
  const serviceState = useSession((session) => session.service.state);
  useEffect(() => {
    if (workspace === null || id === undefined || balance === undefined || serviceState !== 'running') return;
    void showBalance(workspace, id, balance);
  }, [workspace, id, balance, version, serviceState]);

  const facts = useDuplicates((state) => (state.balance === balance ? state.facts : null));
  const failure = useDuplicates((state) => state.failure);
  const shown = useDuplicates((state) => state.shown);
  if (!dataset) {
    return (
      <Empty title="No data yet">
        <p>
          Import pictures with captions first. Their duplicates are reviewed here once they are embedded and balanced.
        </p>
        <FormButton form="import" label="Import data…" />
      </Empty>
    );
  }
  if (balance === undefined) return <NoBalance embedded={dataset.embeddings.some(({ complete }) => complete)} />;
  if (failure !== null) return <Failure title="The groups cannot be read" message={failure} />;
  if (!facts || workspace === null) return <Loading what="groups" />;
  return (
    <div className="duplicates">
      <BalanceStrip facts={facts} />
      {shown === 'leaks' ? (
        <LeaksPanel workspace={workspace} balance={balance} facts={facts} />
      ) : (
        <div className="duplicates-panels">
          <GroupListPanel workspace={workspace} facts={facts} />
          <GroupDetailPanel workspace={workspace} />
        </div>
      )}
      <RuleDialog workspace={workspace} />
      <AgreementDialog workspace={workspace} />
    </div>
  );
}

function NoBalance({ embedded }: { embedded: boolean }) {
  return (
    <Empty title="No balance yet">
      <p>
        {embedded
          ? 'The pictures are embedded. Balance finds those that lie within beta of each other, and keeps one a group.'
          : 'Embed the pictures with a teacher, then balance them: groups of near-identical pictures appear here.'}
      </p>
      {embedded ? <FormButton form="balance" label="Balance…" /> : <FormButton form="embed" label="Embed…" />}
    </Empty>
  );
}
