/** @file The frame of the review's dialogs; one of them is open at a time. */

import { useEffect, useRef, type ReactNode } from 'react';
import { IconButton } from '../../components/Button.tsx';
import { showDialog, useDuplicates, type ReviewDialog as Name } from '../../state/duplicates.ts';

export function ReviewDialog({ name, title, children }: { name: Name; title: string; children: ReactNode }) {
  const shown = useDuplicates(({ dialog }) => dialog === name);
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => {
    if (!shown) {
      dialog.current?.close();
      return;
    }
    dialog.current?.showModal();
    // the form and not the button that closes it: Enter sends it
    dialog.current?.querySelector<HTMLElement>('form input, form select')?.focus();
  }, [shown]);
  const hide = (): void => {
    if (useDuplicates.getState().dialog === name) showDialog(null);
  };
  return (
    <dialog ref={dialog} className="dialog review-dialog" aria-labelledby={`${name}-title`} onClose={hide}>
      <header>
        <h2 id={`${name}-title`}>{title}</h2>
        <IconButton icon="close" label="Close" onClick={hide} />
      </header>
      {shown && children}
    </dialog>
  );
}
