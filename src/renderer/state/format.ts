/** @file Numbers and times as the window shows them. */

const whole = new Intl.NumberFormat('en-US');

/** `12,345` */
export const formatCount = (value: number): string => whole.format(Math.round(value));

/** Three significant digits: `0.0123`, `4.56`, `1,230`. */
export function formatValue(value: number): string {
  const size = Math.abs(value);
  if (size === 0) return '0';
  if (size < 0.001 || size >= 1e7) return value.toExponential(2);
  if (size >= 1000) return formatCount(value);
  return value.toPrecision(3);
}

/** `512 bytes`, `45.6 kB`, `7.89 MB`, `135 GB` */
export function formatBytes(bytes: number): string {
  const units = ['bytes', 'kB', 'MB', 'GB', 'TB'];
  const step = Math.min(units.length - 1, Math.floor(Math.log10(Math.max(1, bytes)) / 3));
  const value = bytes / 1000 ** step;
  return `${step === 0 ? formatCount(value) : Number(value.toPrecision(3))} ${units[step]!}`;
}

/** `14.6%`, `0.52%`, `0%` */
export function formatShare(share: number): string {
  const percent = share * 100;
  return `${percent >= 10 || percent === 0 ? Number(percent.toFixed(1)) : Number(percent.toPrecision(2))}%`;
}

/** `8.3/s`, or per minute and hour where a unit takes longer than a second. */
export function formatRate(perSecond: number): string {
  if (perSecond >= 1) return `${formatValue(perSecond)}/s`;
  if (perSecond * 60 >= 1) return `${formatValue(perSecond * 60)}/min`;
  return `${formatValue(perSecond * 3600)}/h`;
}

/** `9 s`, `3 min 20 s`, `2 h 5 min`, `4 d 2 h` */
export function formatDuration(ms: number): string {
  const seconds = Math.max(0, Math.round(ms / 1000));
  if (seconds < 60) return `${seconds} s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return `${minutes} min ${seconds % 60} s`;
  const hours = Math.floor(minutes / 60);
  if (hours < 24) return `${hours} h ${minutes % 60} min`;
  return `${Math.floor(hours / 24)} d ${hours % 24} h`;
}

/** `just now`, `5 min ago`, `3 h ago`, then the date. */
export function formatAge(time: string, now = Date.now()): string {
  const minutes = Math.floor((now - Date.parse(time)) / 60_000);
  if (minutes < 1) return 'just now';
  if (minutes < 60) return `${minutes} min ago`;
  if (minutes < 24 * 60) return `${Math.floor(minutes / 60)} h ago`;
  return new Date(time).toLocaleDateString('en-GB', { day: 'numeric', month: 'short', year: 'numeric' });
}

/** Last part of a path of any system. */
export const baseName = (file: string): string => file.split(/[\\/]/).findLast((part) => part !== '') ?? file;
