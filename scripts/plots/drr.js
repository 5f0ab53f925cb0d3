import { PlotNode } from './node.js';

const RATE = 1_000_000;
const END = 4_000_000;
const WINDOW = 100_000;

/** What each flow offers, in frames of one length at even distances. */
const flows = [
  { name: 'A: 1,500-byte frames, offers 200 %', length: 1500, gap: 750, from: 0, to: END, color: '#1f5fa8' },
  { name: 'B: 300-byte frames, offers 60 %', length: 300, gap: 500, from: 0, to: END, color: '#d98c1f' },
  {
    name: 'C: weight 2, 1,000-byte frames, 100 %, 1 s to 3 s',
    length: 1000,
    gap: 1000,
    from: 1e6,
    to: 3e6,
    color: '#2e8b57',
  },
  {
    name: 'D: 100-byte frames, offers 10 %, from 2 s',
    length: 100,
    gap: 1000,
    from: 2e6,
    to: END,
    color: '#8e44ad',
  },
];

/** Shares of four flows over time. @returns {import('./gnuplot.js').Plot} */
export function drr() {
  const node = new PlotNode('drr', {
    rate: RATE,
    by: 'mark',
    queues: 4,
    quantum: 1500,
    weights: '1,1,2',
    limit: 400,
  });
  for (let at = 0; at < END; at += 250) {
    node.runTo(at);
    for (const [mark, { length, gap, from, to }] of flows.entries()) {
      if (at >= from && at < to && at % gap === 0) node.send(length, mark);
    }
  }
  const series = flows.map(({ name, color }, mark) => {
    const sums = new Array(END / WINDOW).fill(0);
    for (const one of node.departures)
      if (one.mark === mark && one.at < END) sums[Math.floor(one.at / WINDOW)] += one.length;
    const rows = sums.map((sum, i) => [((i + 0.5) * WINDOW) / 1e6, (100 * sum * 1e6) / WINDOW / RATE]);
    return { rows, style: `with lines lw 2 lc rgb '${color}'`, title: name };
  });
  return {
    title: 'deficit round robin: shares of a link of 1 MB/s, quantum 1,500 bytes',
    x: 'time, s',
    y: 'share of the link, %',
    more: ['set yrange [0:100]', 'set key inside right top'],
    series,
  };
}
