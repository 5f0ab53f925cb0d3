import type { Layer } from './layer.js';

/** Longest line, in characters. */
export const MOST_CHARACTERS = 500;

/**
 * Layers on one line, somewhat as tcpdump has it: addresses and what the innermost header says; what an ICMP error quotes in
 * round brackets; checksums that are wrong and what is malformed in square ones, with the byte at which it is seen.
 */
export function lineOf(layers: readonly Layer[]): string {
  let line = '';
  let depth = 0;
  for (const layer of layers) {
    for (; depth < layer.depth; depth++) line += ' (';
    if (layer.text === '') continue;
    line += line === '' || line.endsWith('(') ? layer.text : ` ${layer.text}`;
  }
  line += ')'.repeat(depth);
  for (const { protocol, checksum, faults } of layers) {
    if (checksum?.state === 'wrong') line += ` [bad ${protocol} checksum]`;
    for (const { text, at } of faults) line += ` [${protocol}: ${text}, at byte ${at}]`;
  }
  return line.length <= MOST_CHARACTERS ? line : `${line.slice(0, MOST_CHARACTERS - 3)}...`;
}
