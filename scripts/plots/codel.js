import { PlotNode } from './node.js';

const LENGTH = 1000;
const ROUND_TRIP = 50_000;
const END = 10_000_000;
const STEP = 500;

/**
 * Senders with a window that doubles each round trip at first, later grows by one, and halves when a frame is lost. A
 * second one comes at 5 s.
 * @returns {import('./gnuplot.js').Plot}
 */
export function codel() {
  const node = new PlotNode('codel', { rate: '1MB' });
  /** @type {[number, number][]} */
  const drops = [];
  const sojourns = [];
  const senders = [makeSender(0), makeSender(5_000_000)];
  let [seen, lost] = [0, 0];
  for (let now = 0; now < END; now += STEP) {
    node.runTo(now);
    for (; seen < node.departures.length; seen++) {
      const { at, mark } = node.departures[seen];
      senders[mark].acks.push(at + ROUND_TRIP);
    }
    const sojourn = node.read('sojourn');
    for (const { dropped } = node; lost < dropped; lost++) {
      // Which one it hit does not matter to the queue: they take turns.
      const hit = senders[lost % 2].flying > 1 ? senders[lost % 2] : senders[0];
      hit.losses.push(now + ROUND_TRIP);
      drops.push([now / 1e6, 0]);
    }
    for (const [mark, sender] of senders.entries()) {
      for (let room = roomOf(sender, now); room > 0; room--) node.send(LENGTH, mark);
    }
    sojourns.push([now / 1e6, sojourn / 1000]);
  }
  return {
    title: 'CoDel: link of 1 MB/s, round trip 50 ms, target 5 ms, interval 100 ms',
    x: 'time, s',
    y: 'time in the queue, ms',
    more: [
      'set yrange [-4:*]',
      'set key inside right top',
      "set label 'second sender' at 5,graph 0.62 center",
      "set arrow from 5,graph 0.58 to 5,graph 0.35 lc rgb '#666666'",
    ],
    series: [
      { rows: sojourns, style: "with lines lw 1.3 lc rgb '#1f5fa8'", title: 'time in the queue' },
      {
        rows: [
          [0, 5],
          [END / 1e6, 5],
        ],
        style: "with lines dt 2 lw 1.5 lc rgb '#2e8b57'",
        title: 'target',
      },
      {
        rows: drops.map(([at]) => [at, -2]),
        style: "with points pt 2 ps 0.7 lc rgb '#c0392b'",
        title: 'drops',
      },
    ],
  };
}

/** Distances of drops under a load of 125 % that does not give way. @returns {import('./gnuplot.js').Plot} */
export function codelLaw() {
  const node = new PlotNode('codel', { rate: '1MB' });
  /** @type {number[]} */
  const times = [];
  let seen = 0;
  for (let now = 0; now < 5_000_000; now += 100) {
    node.runTo(now);
    for (const { dropped } = node; seen < dropped; seen++) times.push(now);
    if (now % 800 === 0) node.send(LENGTH);
  }
  const count = times.length - 1;
  const law = Array.from({ length: 10 * count }, (_, i) => 1 + i / 10);
  const points = times.slice(1).map((time, i) => [i + 1, (time - times[i]) / 1000]);
  return {
    title: 'CoDel: distance of drops while frames of 1 ms come at 125 % of the rate',
    x: 'drops so far (count)',
    y: 'time until the next drop, ms',
    more: ['set key inside right top', 'set logscale xy', 'set yrange [3:110]', `set xrange [1:${count}]`],
    series: [
      {
        rows: law.map((n) => [n, 100 / Math.sqrt(n)]),
        style: "with lines lw 2 lc rgb '#d98c1f'",
        title: 'interval / √count (RFC 8289)',
      },
      {
        rows: points,
        style: "with points pt 7 ps 0.6 lc rgb '#1f5fa8'",
        title: 'measured; a drop waits for a departure, up to 1 ms',
      },
    ],
  };
}

/** @param {number} start */
function makeSender(start) {
  /** @type {number[]} */
  const acks = [];
  /** @type {number[]} */
  const losses = [];
  return { start, window: 2, threshold: Number.POSITIVE_INFINITY, flying: 0, spared: 0, acks, losses };
}

/** Frames that a sender may send now. @param {ReturnType<typeof makeSender>} sender @param {number} now */
function roomOf(sender, now) {
  if (now < sender.start) return 0;
  for (; sender.acks[0] <= now; sender.flying--) {
    sender.acks.shift();
    sender.window += sender.window < sender.threshold ? 1 : 1 / sender.window;
  }
  for (; sender.losses[0] <= now; sender.flying--) {
    sender.losses.shift();
    if (now < sender.spared) continue;
    sender.window = Math.max(2, sender.window / 2);
    sender.threshold = sender.window;
    sender.spared = now + ROUND_TRIP;
  }
  const room = Math.max(0, Math.floor(sender.window) - sender.flying);
  sender.flying += room;
  return room;
}
