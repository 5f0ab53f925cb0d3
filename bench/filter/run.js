// node run.js KIND FILTER PASSES: measures one way to run one filter in this process and prints
// {"nsPerFrame": N, "kept": N}; kept is of one pass.

import { compileFilter } from '../../dist/bpf/compile.js';
import { interpret } from '../../dist/bpf/interpreter.js';
import { summary } from '../shared/statistics.js';
import { filters } from './filters.js';
import { makeFrames } from './frames.js';

const ROUNDS = 7;
const [kind, name, passesText] = process.argv.slice(2);
const passes = Number(passesText);
const program = filters[name];
const { pool, frames } = makeFrames();
const zero = () => 0;

/** @type {import('../../dist/bpf/compile.js').CompiledFilter} */
const filter =
  kind === 'compiled'
    ? compileFilter(program, pool.memory)
    : (input, random) => interpret(program, input, random);

/** @param {number} count @returns {number} */
function run(count) {
  let kept = 0;
  for (let pass = 0; pass < count; pass++) {
    for (let i = 0; i < frames.length; i++) {
      if (filter(frames[i], zero) !== 0) kept++;
    }
  }
  return kept;
}

// Twice, so that the loop itself is entered again once it has been optimised.
run(passes / 2);
run(passes / 2);
const times = [];
for (let round = 0; round < ROUNDS; round++) {
  const start = process.hrtime.bigint();
  run(passes);
  times.push(Number(process.hrtime.bigint() - start) / (passes * frames.length));
}
console.log(JSON.stringify({ nsPerFrame: summary(times).median, kept: run(1) }));
