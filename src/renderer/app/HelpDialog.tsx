/** @file All keys of the window. */

import { useEffect, useRef } from 'react';
import { IconButton } from '../components/Button.tsx';
import { showHelp, useSession } from '../state/session.ts';
import { shortcuts } from './shortcuts.ts';

const sections = [
  { title: 'Window', where: undefined },
  { title: 'Browse', where: 'browse' },
  { title: 'Duplicates', where: 'duplicates' },
] as const;

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
    <dialog ref={dialog} className="dialog help" aria-labelledby="help-title" onClose={hide}>
      <header>
        <h2 id="help-title">Keyboard shortcuts</h2>
        <IconButton icon="close" label="Close" onClick={hide} />
      </header>
      <div className="help-sections">
        {sections.map(({ title, where }) => (
          <section key={title}>
            <h3>{title}</h3>
            <dl>
              {shortcuts
                .filter((shortcut) => shortcut.where === where)
                .map(({ command, keys, what }) => (
                  <div key={command}>
                    <dt>{what}</dt>
                    <dd>
                      <kbd>{keys}</kbd>
                    </dd>
                  </div>
                ))}
            </dl>
          </section>
        ))}
      </div>
    </dialog>
  );
}
