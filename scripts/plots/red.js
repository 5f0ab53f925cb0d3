import { PlotNode } from './node.js';

const [MIN, MAX, PROBABILITY] = [5, 15, 0.1];
const ARRIVALS = 6000;
const LENGTH = 100;
const SERVICE = 1000;

/** p_b of Floyd and Jacobson's figure 2. @param {number} average @param {boolean} gentle */
function early(average, gentle) {
  if (average < MIN) return 0;
  if (average < MAX) return (PROBABILITY * (average - MIN)) / (MAX - MIN);
  return gentle ? Math.min(1, PROBABILITY + ((1 - PROBABILITY) * (average - MAX)) / MAX) : 1;
}

/**
 * Share of frames dropped at a constant p_b: one by the mean distance of two drops, the n-th frame after a drop going
 * with p_a = p_b / (1 - n p_b).
 * @param {number} p
 */
function share(p) {
  if (p === 0) return 0;
  let mean = 0;
  for (let n = 1, alive = 1; alive > 1e-12; n++) {
    mean += alive;
    alive *= n * p < 1 ? 1 - Math.min(1, p / (1 - n * p)) : 0;
  }
  return 1 / mean;
}

/**
 * Share of frames that the block drops while each finds so many waiting; with weight 1 that is the average too.
 * @param {number} queue @param {boolean} gentle
 */
function measured(queue, gentle) {
  const rate = (LENGTH * 1e6) / SERVICE;
  const thresholds = { min: MIN, max: MAX };
  const node = new PlotNode('red', {
    rate,
    weight: 1,
    probability: PROBABILITY,
    gentle,
    seed: 1,
    min: 900,
    max: 1000,
  });
  for (let i = 0; i <= queue; i++) node.send(LENGTH);
  node.set(thresholds);
  let dropped = 0;
  for (let i = 0; i < ARRIVALS; i++) {
    node.send(LENGTH);
    if (node.waiting > queue) node.runTo(node.now + SERVICE);
    else dropped++;
  }
  return dropped / ARRIVALS;
}

/** Drops by average queue, and the paper's curve. @returns {import('./gnuplot.js').Plot} */
export function red() {
  const queues = Array.from({ length: 33 }, (_, i) => i);
  const fine = Array.from({ length: 3201 }, (_, i) => i / 100);
  return {
    title: `RED: min ${MIN}, max ${MAX}, max_p ${PROBABILITY}`,
    x: 'average queue, frames',
    y: 'share of frames dropped',
    more: ['set yrange [0:1.05]', 'set xrange [0:32]', 'set termoption noenhanced'],
    series: [
      {
        rows: fine.map((q) => [q, early(q, false)]),
        style: "with lines lw 1.5 dt 3 lc rgb '#777777'",
        title: 'p_b of the paper',
      },
      {
        rows: fine.map((q) => [q, share(early(q, false))]),
        style: "with lines lw 2 lc rgb '#1f5fa8'",
        title: 'share by p_a = p_b / (1 - count p_b)',
      },
      {
        rows: fine.map((q) => [q, share(early(q, true))]),
        style: "with lines lw 2 lc rgb '#d98c1f'",
        title: 'the same, gentle',
      },
      {
        rows: queues.map((q) => [q, measured(q, false)]),
        style: "with points pt 7 ps 0.9 lc rgb '#1f5fa8'",
        title: 'measured',
      },
      {
        rows: queues.map((q) => [q, measured(q, true)]),
        style: "with points pt 6 ps 1.1 lw 1.5 lc rgb '#d98c1f'",
        title: 'measured, gentle',
      },
    ],
  };
}
