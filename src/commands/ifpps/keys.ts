/** Sequences that terminals send for keys without a sign of their own. */
const SEQUENCES: readonly (readonly [sequence: string, key: string])[] = [
  ['\u001b[A', 'up'],
  ['\u001b[B', 'down'],
  ['\u001b[C', 'right'],
  ['\u001b[D', 'left'],
  ['\u001bOA', 'up'],
  ['\u001bOB', 'down'],
  ['\u001bOC', 'right'],
  ['\u001bOD', 'left'],
  ['\u001b[Z', 'back-tab'],
  ['\t', 'tab'],
  ['\r', 'enter'],
  ['\n', 'enter'],
  ['\u0003', 'ctrl-c'],
  ['\u000c', 'ctrl-l'],
  ['\u001a', 'ctrl-z'],
];

/** Other sequences of ECMA-48: they are skipped whole, so that no letter in them is taken for a key. */
const OTHER = new RegExp(`^${String.fromCharCode(27)}(\\[[0-?]*[ -/]*[@-~]?|O.?|.?)`, 's');

/** The keys in what a terminal in raw mode has sent; letters stand for themselves. */
export function keysOf(input: string): string[] {
  const keys: string[] = [];
  for (let at = 0; at < input.length; ) {
    const rest = input.slice(at, at + 64);
    const known = SEQUENCES.find(([sequence]) => rest.startsWith(sequence));
    const other = OTHER.exec(rest);
    if (known) keys.push(known[1]);
    else if (!other) keys.push(rest[0]);
    at += known ? known[0].length : (other?.[0].length ?? 1);
  }
  return keys;
}
