/** @file The window: one of two views, and what lies over both. */

import './app.css';
import { AnnotatorDialog } from './AnnotatorDialog.tsx';
import { HelpDialog } from './HelpDialog.tsx';
import { NoticeToast } from './NoticeToast.tsx';
import { ServiceBanner } from './ServiceBanner.tsx';
import { useCommands } from './commands.ts';
import { PageView } from '../views/settings/PageView.tsx';
import { useSession } from '../state/session.ts';
import { StartView } from '../views/StartView.tsx';
import { FormDialog } from '../views/forms/FormDialog.tsx';
import { WorkspaceView } from '../views/WorkspaceView.tsx';

export function App() {
  useCommands();
  const ready = useSession((session) => session.ready);
  const workspace = useSession((session) => session.workspace);
  const page = useSession((session) => session.page);
  if (!ready) return null;
  return (
    <div className="app">
      <ServiceBanner />
      {page ? <PageView page={page} /> : workspace ? <WorkspaceView workspace={workspace} /> : <StartView />}
      <NoticeToast />
      <HelpDialog />
      {workspace && <FormDialog />}
      <AnnotatorDialog />
    </div>
  );
}
