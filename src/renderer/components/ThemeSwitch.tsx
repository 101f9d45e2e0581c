/** @file Light, dark, or as the system says. */

import './themeSwitch.css';
import type { Theme } from '../../preload/contract.ts';
import { attempt, setTheme, useSession } from '../state/session.ts';
import { Icon, type IconName } from './Icon.tsx';

const themes: { theme: Theme; icon: IconName; label: string }[] = [
  { theme: 'system', icon: 'system', label: 'Theme of the system' },
  { theme: 'light', icon: 'sun', label: 'Light theme' },
  { theme: 'dark', icon: 'moon', label: 'Dark theme' },
];

export function ThemeSwitch() {
  const current = useSession((session) => session.theme);
  return (
    <div className="theme-switch" role="group" aria-label="Theme">
      {themes.map(({ theme, icon, label }) => (
        <button
          key={theme}
          type="button"
          aria-label={label}
          title={label}
          aria-pressed={theme === current}
          onClick={() => {
            attempt(setTheme(theme));
          }}
        >
          <Icon name={icon} size={14} />
        </button>
      ))}
    </div>
  );
}
