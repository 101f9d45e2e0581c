/** @file A page about the application in the place of everything else: settings, and what this machine has. */

import './settings.css';
import { useEffect } from 'react';
import { Button } from '../../components/Button.tsx';
import { Segments } from '../../components/Segments.tsx';
import { showPage, type Page } from '../../state/session.ts';
import { DoctorPage } from './DoctorPage.tsx';
import { SettingsPage } from './SettingsPage.tsx';

const pages = [
  { value: 'settings', label: 'Settings' },
  { value: 'doctor', label: 'Doctor' },
] as const;

export function PageView({ page }: { page: Page }) {
  useEffect(() => {
    const press = ({ key, target }: KeyboardEvent): void => {
      const writes = target instanceof HTMLElement && target.closest('input, select, dialog[open]') !== null;
      if (key === 'Escape' && !writes) showPage(null);
    };
    window.addEventListener('keydown', press);
    return () => {
      window.removeEventListener('keydown', press);
    };
  }, []);
  return (
    <main className="page">
      <header className="page-head">
        <Button
          icon="previous"
          keys="Esc"
          onClick={() => {
            showPage(null);
          }}
        >
          Back
        </Button>
        <h1 className="visually-hidden">{pages.find(({ value }) => value === page)?.label}</h1>
        <Segments label="Page" value={page} options={pages} onChange={showPage} />
      </header>
      <div className="page-body" tabIndex={-1}>
        {page === 'settings' ? <SettingsPage /> : <DoctorPage />}
      </div>
    </main>
  );
}
