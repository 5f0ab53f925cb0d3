// npm run plots [-- FOLDER]: draws the plots of docs/queueing.md, from blocks of the built package in virtual time.

import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { draw, whyNoGnuplot } from './plots/gnuplot.js';

const missing = existsSync(join(import.meta.dirname, '../dist/index.js'))
  ? whyNoGnuplot()
  : 'dist/ is not there: npm run build';
if (missing !== undefined) {
  console.error(`plots: ${missing}`);
  process.exit(2);
}
const [{ shaper }, { drr }, { red }, { codel, codelLaw }, { policer }] = await Promise.all([
  import('./plots/shaper.js'),
  import('./plots/drr.js'),
  import('./plots/red.js'),
  import('./plots/codel.js'),
  import('./plots/policer.js'),
]);

const folder = process.argv[2] ?? join(import.meta.dirname, '../docs/plots');
mkdirSync(folder, { recursive: true });
for (const [name, plot] of Object.entries({ shaper, drr, red, codel, 'codel-law': codelLaw, policer })) {
  const file = join(folder, `${name}.png`);
  draw(file, plot());
  console.log(file);
}
