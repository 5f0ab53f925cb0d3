// Group `trafgen`: frames a second that our trafgen sends, and how evenly, beside netsniff-ng's.

import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { draw, whyNoGnuplot } from '../scripts/plots/gnuplot.js';
import { Cables } from './shared/cable.js';
import { begin, kilo, printTable } from './shared/report.js';
import { summary } from './shared/statistics.js';
import { versionOf } from './shared/tools.js';
import { gapPlot, measureGaps } from './trafgen/gaps.js';
import { measureRate } from './trafgen/rate.js';
import { ours, PEER, peers } from './trafgen/senders.js';

const ROUNDS = 5;
/** Packets of 60 bytes, which are 64 with the check sequence that veth does not carry. */
const HEAD = 'fill(0xff, 6), 0x02, 0, 0, 0, 0, 1';
const PACKETS = {
  unchanging: `{ ${HEAD}, c16(0x88b5), fill(0x41, 46) }`,
  // The identification counts, the checksums follow.
  counting: `{ ${HEAD}, c16(0x0800),
    0x45, 0, c16(46), dinc(0, 255), dinc(0, 255), 0x40, 0, 64, 17, csumip(14, 33), 198, 18, 0, 1, 198, 18, 0, 2,
    c16(1024), c16(9), c16(26), csumudp(14, 34), dinc(0, 255), fill(0x41, 17) }`,
};
const PACE = 20_000;
const PACED = 20_000;

export async function trafgen() {
  const { write } = begin('trafgen', 'frames a second sent on veth, and how evenly');
  const hasPeer = existsSync(PEER);
  const peerVersion = hasPeer ? versionOf(PEER) : undefined;
  if (!hasPeer) console.log(`  ${PEER} (netsniff-ng) is not installed: left out`);
  const cables = new Cables();
  try {
    cables.host('left', 'right');
    cables.join('left', 'v0', 'right', 'v1');
    const rates = await compareRates(cables, hasPeer);
    const pacing = await comparePaces(cables, hasPeer);
    const parameters = { rounds: ROUNDS, packets: PACKETS, pace: PACE, paced: PACED, peerVersion };
    write({ parameters, rows: rates, pacing });
  } finally {
    cables.close();
  }
}

/** @param {Cables} cables @param {boolean} hasPeer */
async function compareRates(cables, hasPeer) {
  /** @type {{ packet: string, sender: string, rate: ReturnType<typeof summary>, besidePeer: number | null }[]} */
  const rows = [];
  for (const [packet, text] of Object.entries(PACKETS)) {
    const contestants = [
      ours('Quipu', text, ['--cpu', '0']),
      ours('Quipu, --io packet', text, ['--cpu', '0', '--io', 'packet']),
      ...(hasPeer ? [peers('netsniff-ng', text, ['-P', '1'])] : []),
      ours('Quipu, 2 workers', text, ['--cpu', '0,1']),
      ...(hasPeer ? [peers('netsniff-ng, 2 processes', text, ['-P', '2'])] : []),
    ];
    const runs = contestants.map(() => /** @type {number[]} */ ([]));
    for (let round = 0; round < ROUNDS; round++) {
      for (let turn = 0; turn < contestants.length; turn++) {
        const who = (turn + round) % contestants.length;
        runs[who].push(await measureRate(cables, contestants[who]));
      }
    }
    /** The peer with as many CPUs. @param {number} who */
    const rivalOf = (who) => (who < 3 ? 2 : 4);
    contestants.forEach(({ name }, who) => {
      const rival = hasPeer ? runs[rivalOf(who)] : [];
      const beside = rival.length > 0 ? summary(runs[who].map((rate, i) => rate / rival[i])).median : null;
      rows.push({ packet, sender: name, rate: summary(runs[who]), besidePeer: beside });
    });
  }
  printTable(
    ['packet', 'sender', 'kpps', 'lowest', 'highest', 'beside netsniff-ng'],
    rows.map(({ packet, sender, rate, besidePeer }) => [
      packet,
      sender,
      kilo(rate.median),
      kilo(rate.low),
      kilo(rate.high),
      besidePeer === null ? '' : `${besidePeer.toFixed(2)} x`,
    ]),
  );
  return rows;
}

/** @param {Cables} cables @param {boolean} hasPeer */
async function comparePaces(cables, hasPeer) {
  const text = PACKETS.unchanging;
  const gap = 1e6 / PACE;
  const count = ['-n', String(PACED)];
  const contestants = [
    ours('Quipu --rate 20kpps', text, ['--cpu', '0', '--rate', '20kpps', ...count]),
    ours('Quipu --gap 50us', text, ['--cpu', '0', '--gap', '50us', ...count]),
    ours('Quipu --gap 50us --io packet', text, ['--cpu', '0', '--io', 'packet', '--gap', '50us', ...count]),
    ...(hasPeer
      ? [
          peers('netsniff-ng -b 20000pps', text, ['-P', '1', '-b', '20000pps', ...count]),
          peers('netsniff-ng -t 50us', text, ['-P', '1', '-t', '50us', ...count]),
        ]
      : []),
  ];
  const rows = [];
  for (const contestant of contestants) rows.push(await measureGaps(cables, contestant, gap, PACED));
  console.log(`  gaps at ${PACE} packets a second, microseconds, at the receiving end; ideal ${gap}:`);
  printTable(
    ['sender', 'pps', 'p1', 'p50', 'p90', 'p99', 'p99.9', 'longest', 'late p50', 'late p99', 'lost'],
    rows.map(({ sender, rate, gaps, late, lost }) => [
      sender,
      rate.toFixed(0),
      ...[gaps.p1, gaps.p50, gaps.p90, gaps.p99, gaps.p999, gaps.most].map((us) => us.toFixed(1)),
      ...[late.p50, late.p99].map((us) => us.toFixed(1)),
      lost,
    ]),
  );
  const missing = whyNoGnuplot();
  if (missing !== undefined) console.log(`  no plot: ${missing}`);
  else {
    const folder = join(import.meta.dirname, '../docs/plots');
    mkdirSync(folder, { recursive: true });
    draw(join(folder, 'trafgen-gaps.png'), gapPlot(rows, gap));
  }
  return rows.map(({ curve: _curve, ...row }) => row);
}
