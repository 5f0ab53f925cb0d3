import type { Layer } from './layer.js';

const INDENT = '  ';
/** Column at which values begin, from the layer's own. */
const WIDTH = 18;
/** Longest line and most of them: what a frame can be made to say. */
export const MOST_LINE = 240;
export const MOST_LINES = 400;

/**
 * Layers on many lines: a head for each, its fields and what is wrong with it further in; what an ICMP error quotes further
 * in still. Every line ends with a line feed.
 */
export function linesOf(layers: readonly Layer[]): string {
  const lines: string[] = [];
  for (const { protocol, offset, length, depth, fields, faults } of layers) {
    const indent = INDENT.repeat(Math.min(depth, 8));
    const place = length > 0 ? `bytes ${offset} to ${offset + length - 1}` : `byte ${offset}`;
    lines.push(`${indent}${protocol} (${place})${depth > 0 ? ', quoted' : ''}`);
    for (const { name, value } of fields) lines.push(`${indent}${INDENT}${name.padEnd(WIDTH)} ${value}`);
    for (const { text, at } of faults) lines.push(`${indent}${INDENT}! ${text}, at byte ${at}`);
  }
  const shown = lines.slice(0, MOST_LINES).map((line) => `${line.slice(0, MOST_LINE)}\n`);
  return shown.join('');
}
