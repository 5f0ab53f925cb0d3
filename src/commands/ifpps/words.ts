/** Spellings of the seed (004 D.2) and of netsniff-ng that the parser of options would read otherwise. */
const SPELLINGS: ReadonlyMap<string, string> = new Map([
  ['-dev', '--dev'],
  ['-promisc', '--promisc'],
  ['-v', '--version'],
]);

export function spelled(words: readonly string[]): string[] {
  return words.map((word) => SPELLINGS.get(word) ?? word);
}
