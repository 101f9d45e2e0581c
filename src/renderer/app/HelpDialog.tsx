/** @file All keys of the window. */

import { useEffect, useRef } from 'react';
import { IconButton } from '../components/Button.tsx';
import { showHelp, useSession } from '../state/session.ts';
import { shortcuts } from './shortcuts.ts';

export function HelpDialog() {
  const shown = useSession((session) => session.helpShown);
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => {
    if (shown) dialog.current?.showModal();
    else dialog.current?.close();
  }, [shown]);
  const hide = (): void => {
    showHelp(false);
  };
  return (
    <dialog ref={dialog} className="help" aria-labelledby="help-title" onClose={hide}>
      <header>
        <h2 id="help-title">Keyboard shortcuts</h2>
        <IconButton icon="close" label="Close" onClick={hide} />
      </header>
      <dl>
        {shortcuts.map(({ command, keys, what }) => (
          <div key={command}>
            <dt>{what}</dt>
            <dd>
              <kbd>{keys}</kbd>
            </dd>
          </div>
        ))}
      </dl>
    </dialog>
  );
}
