/** @file What the window remembers between starts: theme, annotator, preferences and recent workspaces. A damaged file counts as none. */

import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import { z } from 'zod';
import { annotatorName, requests, themeSchema, type RecentWorkspace, type Theme } from '../preload/contract.ts';
import { defaultPreferences, preferences, type Preferences } from '../preload/home.ts';

const recentKept = 12;

const settingsSchema = z.object({
  theme: themeSchema.catch('system'),
  annotator: annotatorName.nullable().catch(null),
  recent: requests['app.state'].result.shape.recent.catch([]),
  preferences: preferences.catch(defaultPreferences),
});
type SettingsData = z.infer<typeof settingsSchema>;

export interface Settings {
  theme: () => Theme;
  setTheme: (theme: Theme) => void;
  /** Who decides; null until somebody gave a name. */
  annotator: () => string | null;
  setAnnotator: (annotator: string) => void;
  preferences: () => Preferences;
  setPreferences: (change: Partial<Preferences>) => void;
  /** Last opened first. */
  recent: () => RecentWorkspace[];
  remember: (dir: string) => void;
  forget: (dir: string) => void;
}

export function openSettings(file: string): Settings {
  let data = read(file);
  const save = (change: Partial<SettingsData>): void => {
    data = { ...data, ...change };
    writeFileSync(`${file}.partial`, JSON.stringify(data, null, 2) + '\n');
    renameSync(`${file}.partial`, file);
  };
  const others = (dir: string): RecentWorkspace[] => data.recent.filter((entry) => entry.dir !== dir);
  return {
    theme: () => data.theme,
    setTheme: (theme) => {
      save({ theme });
    },
    annotator: () => data.annotator,
    setAnnotator: (annotator) => {
      save({ annotator });
    },
    preferences: () => data.preferences,
    setPreferences: (change) => {
      save({ preferences: { ...data.preferences, ...change } });
    },
    recent: () => data.recent,
    remember: (dir) => {
      save({ recent: [{ dir, openedAt: new Date().toISOString() }, ...others(dir)].slice(0, recentKept) });
    },
    forget: (dir) => {
      save({ recent: others(dir) });
    },
  };
}

function read(file: string): SettingsData {
  try {
    return settingsSchema.parse(JSON.parse(readFileSync(file, 'utf8')));
  } catch {
    return { theme: 'system', annotator: null, recent: [], preferences: defaultPreferences };
  }
}
