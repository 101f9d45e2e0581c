/** @file The name of a member of an archive: bytes of any encoding. */

const utf8 = new TextDecoder('utf-8', { fatal: true });

/** Bytes of a name as text: UTF-8, else Latin-1, which tells any two names apart. */
export function decodeName(bytes: Uint8Array): string {
  try {
    return utf8.decode(bytes);
  } catch {
    return Buffer.from(bytes).toString('latin1');
  }
}
