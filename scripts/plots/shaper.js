import { PlotNode, seeded } from './node.js';

const RATE = 125_000;
const BURST = 15_000;
const END = 2_000_000;

/** Arrivals in bursts, and what the shaper makes of them. @returns {import('./gnuplot.js').Plot} */
export function shaper() {
  const random = seeded(11);
  const node = new PlotNode('shaper', { rate: RATE, burst: BURST });
  const arrivals = [[0, 0]];
  let sum = 0;
  for (let at = 100_000; at < 1_700_000; at += 120_000 + Math.floor(random() * 260_000)) {
    const frames = 15 + Math.floor(random() * 50);
    for (let i = 0; i < frames; i++) {
      node.runTo(at + i * 300);
      const length = 200 + Math.floor(random() * 1300);
      node.send(length);
      sum += length;
      arrivals.push([node.now / 1e6, sum / 1000]);
    }
  }
  node.runTo(END);
  arrivals.push([END / 1e6, sum / 1000]);
  let left = 0;
  const departures = node.departures.map(({ at, length }) => {
    left += length;
    return [at / 1e6, left / 1000];
  });
  const [first] = departures;
  const bound = [first[0], 1.72].map((at) => [at, (BURST + (at - first[0]) * RATE) / 1000]);
  return {
    title: 'shaper: rate 125 kB/s, burst 15 kB',
    x: 'time, s',
    y: 'bytes so far, kB',
    more: [],
    series: [
      { rows: arrivals, style: "with steps lw 2 lc rgb '#999999'", title: 'arrived' },
      {
        rows: [[0, 0], ...departures, [END / 1e6, left / 1000]],
        style: "with steps lw 2 lc rgb '#1f5fa8'",
        title: 'left',
      },
      {
        rows: bound,
        style: "with lines dt 2 lw 1.5 lc rgb '#c0392b'",
        title: 'burst + rate × time, from the first burst on',
      },
    ],
  };
}
