/** @file Numbers, dates and paths as people read them. */

/** 12,345 */
export const integer = (value: number): string => Math.round(value).toLocaleString('en-US');

/** 14.6%; two digits below 1%, so that small recalls stay apart. */
export function percent(fraction: number): string {
  const value = fraction * 100;
  return `${value.toFixed(value !== 0 && Math.abs(value) < 1 ? 2 : 1)}%`;
}

/** Three significant digits: 0.0123, 4.57, 128, 12.3k, 1e-6. */
export function short(value: number): string {
  const size = Math.abs(value);
  if (value === 0) return '0';
  if (!Number.isFinite(value)) return String(value);
  if (size < 1e-3 || size >= 1e9) return trimExponent(value.toExponential(2));
  if (size >= 1e6) return `${trimZeros((value / 1e6).toPrecision(3))}M`;
  if (size >= 1e4) return `${trimZeros((value / 1e3).toPrecision(3))}k`;
  if (size >= 1e3) return integer(value);
  return value.toPrecision(3);
}

/** As `short` without zeros at the end, for axes. */
export const tick = (value: number): string => trimZeros(short(value));

const trimZeros = (text: string): string => (text.includes('.') ? text.replace(/\.?0+($|e)/, '$1') : text);
const trimExponent = (text: string): string => text.replace(/\.?0+e/, 'e').replace('e+', 'e');

/** 7 min 05 s */
export function duration(seconds: number): string {
  const whole = Math.round(seconds);
  if (whole < 60) return `${seconds < 10 ? seconds.toFixed(1) : String(whole)} s`;
  const two = (value: number): string => String(value).padStart(2, '0');
  if (whole < 3600) return `${Math.floor(whole / 60)} min ${two(whole % 60)} s`;
  return `${Math.floor(whole / 3600)} h ${two(Math.floor((whole % 3600) / 60))} min`;
}

/** 24 November 2026, 16:45 UTC */
export function date(iso: string): string {
  const time = new Date(iso);
  if (Number.isNaN(time.getTime())) return iso;
  const day = time.toLocaleDateString('en-GB', { day: 'numeric', month: 'long', year: 'numeric', timeZone: 'UTC' });
  const clock = time.toLocaleTimeString('en-GB', { hour: '2-digit', minute: '2-digit', timeZone: 'UTC' });
  return `${day}, ${clock} UTC`;
}

/** "1 picture", "2 pictures" */
export const plural = (count: number, one: string, many = `${one}s`): string =>
  `${integer(count)} ${count === 1 ? one : many}`;
