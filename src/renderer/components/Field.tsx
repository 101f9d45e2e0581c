/** @file A labelled control of a form, with a hint, and what is wrong with it beside it. */

import './field.css';
import { createContext, use, useId, useState, type ReactNode } from 'react';

/** Somebody tried to send the form: now every field says what is wrong with it. */
export const TriedContext = createContext(false);

interface ControlProps {
  id: string;
  'aria-describedby': string | undefined;
  'aria-invalid': boolean;
}

interface FieldProps {
  label: string;
  hint?: ReactNode;
  problem?: string | undefined;
  /** The control is a group of its own with this label. */
  group?: boolean;
  children: (props: ControlProps) => ReactNode;
}

/** Says nothing of what is wrong before the person was there. */
export function Field({ label, hint, problem, group = false, children }: FieldProps) {
  const id = useId();
  const tried = use(TriedContext);
  const [touched, setTouched] = useState(false);
  const shown = tried || touched ? problem : undefined;
  const note = shown ?? hint;
  const touch = (): void => {
    setTouched(true);
  };
  return (
    <div className="field" onBlur={touch} onInput={touch}>
      {group ? <span className="field-label">{label}</span> : <label htmlFor={id}>{label}</label>}
      <div className="field-control">
        {children({
          id,
          'aria-describedby': note === undefined ? undefined : `${id}-note`,
          'aria-invalid': shown !== undefined,
        })}
        {note !== undefined && (
          <p id={`${id}-note`} className={shown === undefined ? 'field-note' : 'field-note field-problem'}>
            {note}
          </p>
        )}
      </div>
    </div>
  );
}
