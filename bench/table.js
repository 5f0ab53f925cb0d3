// node bench/table.js: prints the tables of README.md, in Markdown, out of what the last runs have left in results/.

import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { tables } from './table/tables.js';

const folder = join(import.meta.dirname, 'results');
const missing = [];
/** Sentences that are already there, so that one run of everything says once what it was measured on. */
const said = new Set();

/** @param {import('./table/tables.js').Table} table */
function print({ title, headings, rows }) {
  const line = (/** @type {readonly (string | number)[]} */ cells) => `| ${cells.join(' | ')} |`;
  const isText = (/** @type {string} */ heading) => heading === headings[0]; // a table may stand beside itself
  console.log(`${title}\n\n${line(headings)}`);
  console.log(`|${headings.map((heading) => (isText(heading) ? '---' : '--:')).join('|')}|`);
  for (const row of rows) console.log(line(row));
  console.log('');
}

for (const [group, table] of Object.entries(tables)) {
  const file = join(folder, `${group}.json`);
  if (!existsSync(file)) {
    missing.push(group);
    continue;
  }
  const result = JSON.parse(readFileSync(file, 'utf8'));
  const { cpu, cores, kernel, node } = result.machine;
  const on = `Measured ${result.date.slice(0, 10)} by \`npm run bench\` on ${cores} cores of an ${cpu}, Linux ${kernel.split('-')[0]}, Node ${node.slice(1)}.`;
  if (!said.has(on)) console.log(`${on}\n`);
  said.add(on);
  try {
    for (const one of [table(result)].flat()) print(one);
  } catch (error) {
    console.error(`results/${group}.json is of another version of its group (${error}): run it again`);
    process.exitCode = 1;
  }
}
if (missing.length > 0) console.error(`not measured: ${missing.join(', ')}`);
