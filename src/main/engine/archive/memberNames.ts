/** @file Names inside archives: text to show and to group by, never paths to open. */

const maximumName = 4096;
const utf8 = new TextDecoder('utf-8', { fatal: true });

const latin1 = (bytes: Uint8Array): string => Buffer.from(bytes).toString('latin1');

/** Bytes of a name as text: UTF-8, else by `other`, which must tell any two names apart. */
export function decodeName(bytes: Uint8Array, other = latin1): string {
  try {
    return utf8.decode(bytes);
  } catch {
    return other(bytes);
  }
}

/** Why a name is refused, undefined for a good one. */
export function problemOfName(name: string): string | undefined {
  if (name.length > maximumName) return 'unsafe name: too long';
  if (name.includes('\0')) return 'unsafe name: holds a NUL';
  if (/^[/\\]|^[a-z]:[/\\]/i.test(name)) return 'unsafe name: an absolute path';
  if (name.split(/[/\\]/).includes('..')) return 'unsafe name: leads out of the archive';
  return undefined;
}

/** Dot files, and what macOS leaves in archives. */
export const isHidden = (name: string): boolean =>
  name.split('/').some((part) => part === '__MACOSX' || (part.startsWith('.') && part !== '.' && part !== '..'));

/** A name as it is stored and shown. */
export const shownName = (name: string): string => name.slice(0, maximumName).replaceAll('\0', '').toWellFormed();
