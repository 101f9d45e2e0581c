/** @file The icons, drawn on a 16 px grid with one stroke. */

const paths = {
  folder: 'M2 12.5v-9h4l1.5 2H14v7z',
  plus: 'M8 3v10M3 8h10',
  play: 'M5 3.5l7.5 4.5L5 12.5z',
  stop: 'M4.5 4.5h7v7h-7z',
  check: 'M3.5 8.5l3 3 6-7',
  alert: 'M8 2.5l6 11H2zM8 6.5v3.5M8 11.8v.2',
  close: 'M4 4l8 8M12 4l-8 8',
  chevron: 'M4 6l4 4 4-4',
  file: 'M4 2h5l3 3v9H4zM9 2v3h3',
  sun: 'M8 5.2a2.8 2.8 0 1 0 0 5.6a2.8 2.8 0 1 0 0-5.6M8 1.5v1.2M8 13.3v1.2M1.5 8h1.2M13.3 8h1.2M3.4 3.4l.9.9M11.7 11.7l.9.9M3.4 12.6l.9-.9M11.7 4.3l.9-.9',
  moon: 'M13 9.5A5.5 5.5 0 1 1 6.5 3a4.5 4.5 0 0 0 6.5 6.5z',
  system: 'M2 3h12v8H2zM6 13.5h4',
  help: 'M8 1.8a6.2 6.2 0 1 0 0 12.4a6.2 6.2 0 1 0 0-12.4M6.3 6.4a1.75 1.75 0 1 1 2.4 1.6c-.5.2-.7.5-.7 1.1M8 11.3v.1',
  spark: 'M2 12l3.5-5 3 3L14 3',
  overview: 'M2.5 3h5v4.5h-5zM9.5 3h4v4.5h-4zM2.5 10h5v3h-5zM9.5 10h4v3h-4z',
  browse: 'M2.5 2.5h4.5v4.5h-4.5zM9 2.5h4.5v4.5h-4.5zM2.5 9h4.5v4.5h-4.5zM9 9h4.5v4.5h-4.5z',
  duplicates: 'M5.5 5.5h8v8h-8zM10.5 5.5v-3h-8v8h3',
  clusters:
    'M4.5 3a2 2 0 1 0 0 4a2 2 0 1 0 0-4M11.5 5a1.5 1.5 0 1 0 0 3a1.5 1.5 0 1 0 0-3M8 9.5a2 2 0 1 0 0 4a2 2 0 1 0 0-4',
  data: 'M2.5 4c0-1 2.5-1.7 5.5-1.7s5.5.7 5.5 1.7-2.5 1.7-5.5 1.7S2.5 5 2.5 4zM2.5 4v8c0 1 2.5 1.7 5.5 1.7s5.5-.7 5.5-1.7V4M2.5 8c0 1 2.5 1.7 5.5 1.7s5.5-.7 5.5-1.7',
  undo: 'M5.5 3L2.5 6l3 3M2.5 6h7a4 4 0 0 1 0 8H6',
  redo: 'M10.5 3l3 3-3 3M13.5 6h-7a4 4 0 0 0 0 8H10',
  clock: 'M8 2.5a5.5 5.5 0 1 0 0 11a5.5 5.5 0 1 0 0-11M8 5v3.2l2 1.3',
  cut: 'M4 2.6a1.8 1.8 0 1 0 0 3.6a1.8 1.8 0 1 0 0-3.6M4 9.8a1.8 1.8 0 1 0 0 3.6a1.8 1.8 0 1 0 0-3.6M5.5 5.3L13.5 12M5.5 10.7L13.5 4',
  previous: 'M10 3.5L5.5 8l4.5 4.5',
  next: 'M6 3.5L10.5 8L6 12.5',
  descending: 'M5 3v10M2.5 10.5L5 13l2.5-2.5M9.5 4.5h5M9.5 8h3.5M9.5 11.5h2',
  ascending: 'M5 13V3M2.5 5.5L5 3l2.5 2.5M9.5 4.5h2M9.5 8h3.5M9.5 11.5h5',
  search: 'M7 2.5a4.5 4.5 0 1 0 0 9a4.5 4.5 0 1 0 0-9M10.3 10.3L13.5 13.5',
  minus: 'M3.5 8h9',
  split: 'M8 13.5V9.5L3.5 5M8 9.5L12.5 5M3.5 8V5h3M9.5 5h3v3',
  different: 'M3 6h10M3 10h10M10.5 3l-5 10',
  copy: 'M6 6h7.5v7.5H6zM10 6V2.5H2.5V10H6',
  results: 'M2.5 13.5h11M4 13.5V9M8 13.5V3M12 13.5V6',
  export: 'M8 9.5V2.5M5 5.5l3-3 3 3M2.5 10.5v3h11v-3',
  import: 'M8 2.5v7M5 7l3 3 3-3M2.5 10.5v3h11v-3',
  runs: 'M2.5 2.5v11h11M5 10.5l2.5-4 2 2L13 3.5',
  save: 'M8 2.5v7.5M5 7l3 3 3-3M3 13h10',
  person: 'M8 2.5a2.6 2.6 0 1 0 0 5.2a2.6 2.6 0 1 0 0-5.2M3 13.5c.4-2.6 2.4-4 5-4s4.6 1.4 5 4',
  settings: 'M2 4.5h6M12 4.5h2M10 2.5a2 2 0 1 0 0 4a2 2 0 1 0 0-4M2 11.5h2M8 11.5h6M6 9.5a2 2 0 1 0 0 4a2 2 0 1 0 0-4',
  again: 'M12.5 8a4.5 4.5 0 1 1-1.3-3.2M12.5 2.5v3h-3',
  follow: 'M8 3v8M4.5 8L8 11.5L11.5 8M3.5 13.5h9',
} as const;

export type IconName = keyof typeof paths;

export function Icon({ name, size = 16 }: { name: IconName; size?: number }) {
  return (
    <svg
      width={size}
      height={size}
      viewBox="0 0 16 16"
      fill="none"
      stroke="currentColor"
      strokeWidth="1.5"
      strokeLinecap="round"
      strokeLinejoin="round"
      aria-hidden="true"
    >
      <path d={paths[name]} />
    </svg>
  );
}

/** The mark: a drop that leaves the still. */
export function Mark({ size = 20 }: { size?: number }) {
  return (
    <svg width={size} height={size} viewBox="1 1 18 18" aria-hidden="true">
      <path fill="var(--accent)" d="M10 1.5c3.6 4.3 6 7.3 6 10.4a6 6 0 0 1-12 0c0-3.1 2.4-6.1 6-10.4z" />
      <path fill="var(--surface)" d="M10 7.2c1.9 2.3 3.1 3.9 3.1 5.4a3.1 3.1 0 0 1-6.2 0c0-1.5 1.2-3.1 3.1-5.4z" />
    </svg>
  );
}
