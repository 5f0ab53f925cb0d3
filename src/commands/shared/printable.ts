/**
 * A text of somebody else's (a file, a name, another user's) without what would move a terminal's cursor, colour it or
 * turn the direction of writing: each such character becomes one U+FFFD. Tabs and ends of lines stay.
 */
export function printable(text: string): string {
  return text.replace(/[^\P{Cc}\t\n]|[\u202A-\u202E\u2066-\u2069]/gu, '\uFFFD');
}
