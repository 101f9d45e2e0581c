/** @file Asks who decides: every decision is kept with a name. */

import { useEffect, useRef, useState } from 'react';
import { Button, IconButton } from '../components/Button.tsx';
import { answerAnnotator, attempt, useSession } from '../state/session.ts';

export function AnnotatorDialog() {
  const asked = useSession((session) => session.annotatorAsked);
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => {
    if (!asked) dialog.current?.close();
    else {
      dialog.current?.showModal();
      // a modal dialog gives the focus to its first button; and the proposed name is replaced by what is typed
      const name = dialog.current?.querySelector('input');
      name?.focus();
      name?.select();
    }
  }, [asked]);
  const leave = (): void => {
    if (useSession.getState().annotatorAsked) attempt(answerAnnotator(null));
  };
  return (
    <dialog ref={dialog} className="dialog annotator" aria-labelledby="annotator-title" onClose={leave}>
      <header>
        <h2 id="annotator-title">Who reviews?</h2>
        <IconButton icon="close" label="Not now" onClick={leave} />
      </header>
      {asked && <NameForm />}
    </dialog>
  );
}

function NameForm() {
  const { annotator, user } = useSession.getState();
  const [name, setName] = useState(annotator ?? user);
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        attempt(answerAnnotator(name));
      }}
    >
      <label htmlFor="annotator-name">Name</label>
      <input
        id="annotator-name"
        className="input"
        required
        maxLength={100}
        value={name}
        onChange={(event) => {
          setName(event.target.value);
        }}
      />
      <p className="muted">Each decision is stored with this name. It is asked for once on this machine.</p>
      <Button kind="primary" type="submit" disabled={name.trim() === ''}>
        Continue
      </Button>
    </form>
  );
}
