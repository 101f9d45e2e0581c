/** @file Text from outside on a terminal. */

/** Names come from outside: what could move the cursor, colour the terminal or turn the line around becomes a question mark. */
export const printable = (line: string): string =>
  line.replace(/[\p{Cc}\u200e\u200f\u202a-\u202e\u2066-\u2069]/gu, '?');
