import { PlotNode, seeded } from './node.js';

const INCREMENT = 100;
const LIMIT = 350;

/** What the block does with random arrivals, by how early virtual scheduling finds them. @returns {import('./gnuplot.js').Plot} */
export function policer() {
  const random = seeded(5);
  const node = new PlotNode('policer', { increment: INCREMENT, limit: LIMIT });
  /** @type {number[][]} */
  const conforming = [];
  /** @type {number[][]} */
  const excess = [];
  let theoretical = 0;
  let at = 0;
  for (let i = 0; i < 160; i++) {
    // Now slower than the contract, now faster.
    at += Math.round(-Math.log(1 - random()) * (Math.floor(i / 40) % 2 === 0 ? 110 : 55));
    node.runTo(at);
    const before = node.departures.length;
    node.send(53);
    const passed = node.departures.length > before;
    (passed ? conforming : excess).push([at / 1000, Math.max(0, theoretical - at)]);
    if (theoretical - at <= LIMIT) theoretical = Math.max(theoretical, at) + INCREMENT;
  }
  const end = at / 1000;
  return {
    title: `policer: generic cell rate algorithm, T = ${INCREMENT} µs, tau = ${LIMIT} µs`,
    x: 'time of arrival, ms',
    y: 'before its theoretical arrival time, µs',
    more: ['set yrange [-20:560]', `set xrange [0:${end}]`],
    series: [
      {
        rows: [
          [0, LIMIT],
          [end, LIMIT],
        ],
        style: "with lines dt 2 lw 1.5 lc rgb '#666666'",
        title: 'tau',
      },
      { rows: conforming, style: "with points pt 7 ps 0.9 lc rgb '#2e8b57'", title: 'passed' },
      { rows: excess, style: "with points pt 2 ps 1 lw 1.5 lc rgb '#c0392b'", title: 'dropped' },
    ],
  };
}
