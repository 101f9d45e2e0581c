/** @file Entry of the page. */

import './api/withoutEval.ts';
import '@fontsource-variable/inter/wght.css';
import './styles/tokens.css';
import './styles/base.css';
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { App } from './app/App.tsx';
import { connectEvents } from './state/live.ts';
import { attempt, startSession } from './state/session.ts';

connectEvents();
attempt(startSession());
createRoot(document.getElementById('root')!).render(
  <StrictMode>
    <App />
  </StrictMode>,
);
