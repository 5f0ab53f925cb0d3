// Tables for people, files for programs.

import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { machine } from './machine.js';

/**
 * Prints rows under headings; the first column to the left, all others to the right.
 * @param {readonly string[]} headings
 * @param {readonly (readonly (string | number)[])[]} rows
 */
export function printTable(headings, rows) {
  const cells = [headings, ...rows].map((row) => row.map(String));
  const widths = headings.map((_, column) => Math.max(...cells.map((row) => row[column].length)));
  for (const row of cells) {
    const line = row.map((cell, i) => (i === 0 ? cell.padEnd(widths[i]) : cell.padStart(widths[i])));
    console.log(`  ${line.join('  ').trimEnd()}`);
  }
}

/**
 * Begins a group: says what is measured on, and answers how to write its results down.
 * @param {string} group
 * @param {string} title
 */
export function begin(group, title) {
  const on = machine();
  const date = new Date().toISOString();
  console.log(`\n${group}: ${title}`);
  console.log(
    `  ${on.cpu}, ${on.cores} cores, Linux ${on.kernel}, Node ${on.node}, load ${on.load.toFixed(2)}`,
  );
  const folder = join(import.meta.dirname, '../results');
  return {
    /** @param {Record<string, unknown>} results parameters and rows of the group */
    write(results) {
      mkdirSync(folder, { recursive: true });
      const all = { group, title, command: `npm run bench -- ${group}`, date, machine: on, ...results };
      writeFileSync(join(folder, `${group}.json`), `${JSON.stringify(all, null, 1)}\n`);
    },
  };
}

/** A rate in thousands a second. @param {number} rate */
export const kilo = (rate) => (rate / 1000).toFixed(0);
