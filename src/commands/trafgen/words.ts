/** Spellings of the thesis's trafgen (seed 004, appendix D.1): with one dash they would be read as several short options. */
const old: Readonly<Record<string, string>> = {
  '-dev': '--dev',
  '-conf': '--conf',
  '-bind': '--cpu',
  '-v': '--version',
};

/** The words of a command line in today's spelling. */
export function modernWords(words: readonly string[]): string[] {
  const end = words.indexOf('--');
  return words.map((word, i) => ((end < 0 || i < end) && Object.hasOwn(old, word) ? old[word] : word));
}
