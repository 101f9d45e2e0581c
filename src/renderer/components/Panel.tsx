/** @file A titled region of a view, and what it shows when there is nothing yet, not yet, or trouble. */

import './panel.css';
import { createContext, useContext, useId, type ReactNode } from 'react';
import { Icon } from './Icon.tsx';

/** Headings of an empty place come below that of its panel, or stand for the view. */
const InPanel = createContext(false);

export function Panel({ title, tools, children }: { title: string; tools?: ReactNode; children: ReactNode }) {
  const id = useId();
  return (
    <section className="panel" aria-labelledby={id}>
      <header className="panel-head">
        <h2 id={id}>{title}</h2>
        <div className="panel-tools">{tools}</div>
      </header>
      <div className="panel-body">
        <InPanel value>{children}</InPanel>
      </div>
    </section>
  );
}

function EmptyTitle({ children }: { children: string }) {
  return useContext(InPanel) ? <h3>{children}</h3> : <h2>{children}</h2>;
}

/** An empty place: what would be here, and what to do about it. */
export function Empty({ title, children }: { title: string; children?: ReactNode }) {
  return (
    <div className="empty">
      <EmptyTitle>{title}</EmptyTitle>
      {children}
    </div>
  );
}

export function Failure({ title, message }: { title: string; message: string }) {
  return (
    <div className="empty failure" role="alert">
      <Icon name="alert" size={20} />
      <EmptyTitle>{title}</EmptyTitle>
      <p className="selectable">{message}</p>
    </div>
  );
}

export function Loading({ what }: { what: string }) {
  return (
    <div className="empty" role="status">
      <p className="muted">Loading {what}…</p>
    </div>
  );
}
