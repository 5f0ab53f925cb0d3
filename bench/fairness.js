// Group `fairness`: how our CUBIC and Linux's share one bottleneck.

import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { draw, whyNoGnuplot } from '../scripts/plots/gnuplot.js';
import { makePath, queueOf, roundTrip, startMeter, startSender } from './fairness/path.js';
import { Cables } from './shared/cable.js';
import { begin, printTable } from './shared/report.js';
import { summary } from './shared/statistics.js';

/** The second begins `later` seconds after the first; measured is from `warm` seconds after that on. */
const PLAN = {
  path: { rate: 20_000_000, delay: 40 },
  ...{ rounds: 4, later: 2, warm: 10, seconds: 60, everyMs: 500 },
  pairs: [
    ['quipu', 'linux'],
    ['quipu with offload', 'linux'],
    ['quipu', 'quipu'],
    ['linux', 'linux'],
  ],
};
/** Of the first run of a pair; files in docs/plots. @type {Record<string, string>} */
const PLOTS = { 'quipu, linux': 'fairness-linux.png', 'quipu, quipu': 'fairness-ours.png' };
/** @typedef {typeof PLAN} Plan */
/** @typedef {{ at: number, bytes: number[] }} Sample seconds, and bytes that arrived of each so far */

const COLORS = ['#1f5fa8', '#d98c1f'];

export async function fairness() {
  const { write } = begin('fairness', 'two CUBIC flows over one bottleneck: ours, Linux’s, and one of each');
  const results = await measureFairness(PLAN, join(import.meta.dirname, '../docs/plots'));
  write({ parameters: PLAN, ...results });
}

/**
 * All but the writing of results.
 * @param {Plan} plan @param {string} plots folder for the pictures
 */
export async function measureFairness(plan, plots) {
  const cables = new Cables();
  try {
    await makePath(cables, plan.path);
    const idleMs = roundTrip(cables);
    console.log(
      `  ${plan.path.rate / 1e6} Mbit/s, ${idleMs.toFixed(1)} ms there and back, queue of ${queueOf(plan.path)} bytes`,
    );
    const runs = plan.pairs.map(() => /** @type {Awaited<ReturnType<typeof bout>>[]} */ ([]));
    for (let round = 0; round < plan.rounds; round++) {
      for (const [i, pair] of plan.pairs.entries()) {
        const run = await bout(cables, plan, pair, round % 2);
        runs[i].push(run);
        const part = (100 * run.share).toFixed(1);
        console.log(
          `  round ${round + 1} of ${plan.rounds}: ${pair.join(', ')}: ${part} % are the first one’s`,
        );
      }
    }
    const rows = plan.pairs.map(([one, other], i) => {
      const total = (/** @type {number} */ of) => runs[i].reduce((sum, { bytes }) => sum + bytes[of], 0);
      return {
        ...{ one, other, share: summary(runs[i].map(({ share }) => share)) },
        /** Of what arrived in all rounds. */
        ratio: total(0) / total(1),
        used: summary(runs[i].map(({ used }) => used)).median,
      };
    });
    printTable(
      ['two flows', 'first to second', 'share of the first, %, lowest', 'highest', 'rate used, %'],
      rows.map(({ one, other, share, ratio, used }) => [
        `${one}, ${other}`,
        ...[ratio.toFixed(2), (100 * share.low).toFixed(1), (100 * share.high).toFixed(1)],
        (100 * used).toFixed(1),
      ]),
    );
    const missing = whyNoGnuplot();
    if (missing !== undefined) console.log(`  no plots: ${missing}`);
    else {
      mkdirSync(plots, { recursive: true });
      for (const [i, pair] of plan.pairs.entries()) {
        const file = PLOTS[pair.join(', ')];
        if (file !== undefined) draw(join(plots, file), plot(plan, pair, runs[i][0].curve));
      }
    }
    return { idleMs, rows };
  } finally {
    cables.close();
  }
}

/**
 * One run of two flows; the share is that of number 0.
 * @param {Cables} cables @param {Plan} plan @param {readonly string[]} pair @param {number} first who begins
 */
async function bout(cables, { path, later, warm, seconds, everyMs }, pair, first) {
  const meter = await startMeter(cables, everyMs);
  const senders = [await startSender(cables, pair[first], first)];
  /** @type {Sample[]} */
  const curve = [];
  let begin = Number.POSITIVE_INFINITY;
  for (;;) {
    /** @type {Sample} */
    const sample = await meter.json();
    if (curve.length === 0 && sample.bytes[first] === 0) continue;
    curve.push(sample);
    const lasted = sample.at - curve[0].at;
    if (senders.length === 1 && lasted >= later) {
      senders.push(await startSender(cables, pair[1 - first], 1 - first));
    }
    if (begin === Number.POSITIVE_INFINITY && sample.bytes[1 - first] > 0) begin = sample.at + warm;
    if (sample.at >= begin + seconds) break;
  }
  for (const sender of senders) await sender.end();
  await meter.end('SIGKILL');
  const last = curve[curve.length - 1];
  const from = curve.find(({ at }) => at >= begin) ?? last;
  const bytes = last.bytes.map((sum, i) => sum - from.bytes[i]);
  const both = bytes[0] + bytes[1];
  return { bytes, share: bytes[0] / both, used: (8 * both) / (path.rate * (last.at - from.at)), curve };
}

/** Rates over time. @param {Plan} plan @param {readonly string[]} pair @param {readonly Sample[]} curve */
function plot({ path }, pair, curve) {
  const names = pair[0] === pair[1] ? ['first', 'second'].map((nth) => `${nth} ${pair[0]}`) : pair;
  return {
    title: `CUBIC of ${pair[0]} and of ${pair[1]}: ${path.rate / 1e6} Mbit/s, ${path.delay} ms, queue of as much as fills the path`,
    x: 'seconds',
    y: 'Mbit/s',
    more: [`set yrange [0:${(1.1 * path.rate) / 1e6}]`, 'set key at graph 0.98,0.98 right'],
    series: names.map((title, i) => ({
      rows: curve.slice(1).map(({ at, bytes }, n) => {
        const before = curve[n];
        return [at - curve[0].at, (8 * (bytes[i] - before.bytes[i])) / (at - before.at) / 1e6];
      }),
      style: `using 1:2 with lines lw 2 lc rgb '${COLORS[i]}'`,
      title,
    })),
  };
}
