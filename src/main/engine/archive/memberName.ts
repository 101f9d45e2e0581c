/** @file The name of a member of an archive: bytes of any encoding. */

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
