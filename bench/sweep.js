// Group `sweep`: the thesis's measurements (seed 004 §6): frame sizes by lengths of chain, and ways to drive an engine.

import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Cables } from './shared/cable.js';
import { Talker } from './shared/process.js';
import { begin, kilo, printTable } from './shared/report.js';
import { generator, Sender } from './shared/sender.js';
import { summary } from './shared/statistics.js';
import { models, NODE, WITHOUT_COUNTERPART } from './sweep/models.js';

/** Frame sizes of RFC 2544 §9.1, in bytes. They count the check sequence, which veth does not carry. */
const SIZES = [64, 128, 256, 512, 1024, 1280, 1518];
const LENGTHS = [1, 2, 5, 10, 20, 50];
/** Of a median, as in the thesis. */
const ROUNDS = 7;
const WARM_MS = 60;
const WINDOW_MS = 250;
const DEVICE = 'v1';
/** For all frames to be accounted for, once the sender has stopped. */
const PATIENCE_MS = 5000;
const TICKS = 100;

/**
 * @typedef {object} Reading
 * @property {{ in: number, consumed: number, dropped: number }} totals
 * @property {number} micros @property {import('./sweep/threads.js').Thread[]} threads
 */

export async function sweep() {
  const { write } = begin('sweep', 'frames received and dropped a second: frame sizes by lengths of chain');
  const found = generator();
  if (found === undefined) {
    console.log('  left out: neither trafgen nor a C compiler (cc)');
    return;
  }
  const cables = new Cables();
  try {
    cables.host('left', 'right');
    cables.join('left', 'v0', 'right', DEVICE);
    const sender = new Sender(cables, 'left', 'v0');
    const rows = await sizesByLengths(cables, sender);
    printSizes(rows);
    const ways = await waysToDrive(cables, sender);
    printWays(ways);
    const parameters = { generator: found.name, rounds: ROUNDS, windowMs: WINDOW_MS };
    write({ parameters, rows, models: ways, withoutCounterpart: WITHOUT_COUNTERPART });
  } finally {
    cables.close();
  }
}

/** The sender never stops while the chain changes: every length has its turn in each round. @param {Cables} cables @param {Sender} sender */
async function sizesByLengths(cables, sender) {
  const file = join(import.meta.dirname, 'sweep/node.js');
  const node = new Talker(cables.inside('right', [process.execPath, file, DEVICE]));
  const rows = [];
  for (const size of SIZES) {
    await chain(node, LENGTHS[0]);
    const before = (await read(node)).totals.in;
    const arrivedBefore = sender.arrived();
    await sender.start(size);
    /** @type {Map<number, Awaited<ReturnType<typeof watch>>[]>} */
    const windows = new Map(LENGTHS.map((length) => [length, []]));
    for (let round = -1; round < ROUNDS; round++) {
      for (let turn = 0; turn < LENGTHS.length; turn++) {
        const length = LENGTHS[(turn + round + LENGTHS.length) % LENGTHS.length];
        await chain(node, length);
        await sleep(WARM_MS);
        const seen = await watch(node, sender);
        if (round >= 0) windows.get(length)?.push(seen); // the first warms up
      }
    }
    await sender.stop();
    await expectAll(node, size, () => sender.arrived() - arrivedBefore, before);
    for (const [length, seen] of windows) rows.push({ size, length, ...median(seen) });
    process.stdout.write(`  ${size} bytes: done\n`);
  }
  node.tell('chain 0');
  await node.expect('ready');
  await node.end('SIGTERM');
  return rows;
}

/** @param {Talker} node @param {number} length */
async function chain(node, length) {
  node.tell(`chain ${length}`);
  await node.expect('ready');
}

/** @param {Talker} node @returns {Promise<Reading>} */
async function read(node) {
  node.tell('read');
  return node.json();
}

/** Every frame that arrived is in the node's account. @param {Talker} node @param {number} size @param {() => number} arrived @param {number} before */
async function expectAll(node, size, arrived, before) {
  for (let waited = 0; ; waited += 50) {
    const { totals } = await read(node);
    const missing = arrived() - (totals.in - before);
    if (missing === 0 && totals.in === totals.consumed + totals.dropped) return;
    if (waited > PATIENCE_MS)
      throw new Error(`${size} bytes: ${missing} frames without an account, ${JSON.stringify(totals)}`);
    await sleep(50);
  }
}

/** What a process does in a while: the thread that used the most CPU is the engine's. @param {Talker} node @param {Sender} sender */
async function watch(node, sender) {
  const [before, sent] = [await read(node), sender.sent()];
  await sleep(WINDOW_MS);
  const [after, sentAfter] = [await read(node), sender.sent()];
  const seconds = (after.micros - before.micros) / 1e6;
  const used = after.threads.map(({ id, switches, ticks }) => {
    const was = before.threads.find((thread) => thread.id === id);
    return { switches: switches - (was?.switches ?? 0), ticks: ticks - (was?.ticks ?? 0) };
  });
  used.sort((a, b) => b.ticks - a.ticks || b.switches - a.switches);
  return {
    rate: (after.totals.consumed - before.totals.consumed) / seconds,
    offered: (sentAfter - sent) / seconds,
    lost: (after.totals.dropped - before.totals.dropped) / Math.max(1, after.totals.in - before.totals.in),
    switches: used[0].switches / seconds,
    cpu: used.reduce((sum, { ticks }) => sum + ticks, 0) / TICKS / seconds,
  };
}

/** @param {readonly Awaited<ReturnType<typeof watch>>[]} seen */
function median(seen) {
  const of = (/** @type {'offered' | 'lost' | 'switches' | 'cpu'} */ name) =>
    summary(seen.map((one) => one[name])).median;
  return {
    rate: summary(seen.map(({ rate }) => rate)),
    offered: of('offered'),
    lost: of('lost'),
    switches: of('switches'),
    cpu: of('cpu'),
  };
}

/** @param {Awaited<ReturnType<typeof sizesByLengths>>} rows */
function printSizes(rows) {
  const cell = (/** @type {number} */ size, /** @type {number} */ length) => {
    const row = rows.find((one) => one.size === size && one.length === length);
    return row === undefined ? '' : `${kilo(row.rate.median)} (${row.switches.toFixed(0)})`;
  };
  console.log(
    '  thousands of frames a second received and dropped, and context switches a second of the engine',
  );
  printTable(
    [
      'bytes',
      ...LENGTHS.map((length) => `${length} block${length === 1 ? '' : 's'}`),
      'offered',
      'lost at most',
    ],
    SIZES.map((size) => {
      const ofSize = rows.filter((row) => row.size === size);
      const lost = Math.max(...ofSize.map((row) => row.lost));
      return [
        size,
        ...LENGTHS.map((length) => cell(size, length)),
        kilo(summary(ofSize.map(({ offered }) => offered)).median),
        `${(lost * 100).toFixed(1)} %`,
      ];
    }),
  );
}

/** All ways by turns, 64-byte frames and one block. @param {Cables} cables @param {Sender} sender */
async function waysToDrive(cables, sender) {
  const command = (/** @type {string[]} */ ...args) => cables.inside('right', [process.execPath, ...args]);
  const file = (/** @type {string} */ name) => join(import.meta.dirname, 'sweep', name);
  /** @type {{ what: string, lana?: string, node: Talker, windows: Awaited<ReturnType<typeof watch>>[] }[]} */
  const all = [
    ...Object.entries(models).map(([name, { what, lana }]) => ({
      what,
      ...(lana === undefined ? {} : { lana }),
      node: new Talker(command(file('model.js'), name, DEVICE)),
      windows: [],
    })),
    { ...NODE, node: new Talker(command(file('node.js'), DEVICE)), windows: [] },
  ];
  for (let round = -1; round < ROUNDS; round++) {
    for (const { what, node, windows } of all) {
      await chain(node, 1);
      const [{ totals }, arrived] = [await read(node), sender.arrived()];
      await sender.start(SIZES[0]);
      await sleep(WARM_MS);
      const seen = await watch(node, sender);
      if (round >= 0) windows.push(seen);
      await sender.stop();
      await expectAll(node, SIZES[0], () => sender.arrived() - arrived, totals.in);
      node.tell('chain 0');
      const last = await node.line();
      if (last !== 'ready' && !JSON.parse(last).whole) throw new Error(`${what}: ${last}`);
    }
  }
  for (const { node } of all) await node.end('SIGTERM');
  return all.map(({ what, lana = '', windows }) => ({ what, lana, ...median(windows) }));
}

/** @param {Awaited<ReturnType<typeof waysToDrive>>} rows */
function printWays(rows) {
  printTable(
    [
      'way to drive an engine, 64 bytes',
      "LANA's",
      'kpps',
      'lowest',
      'highest',
      'offered',
      'lost',
      'switches/s',
      'CPU',
    ],
    rows.map(({ what, lana, rate, offered, lost, switches, cpu }) => [
      what,
      lana,
      kilo(rate.median),
      kilo(rate.low),
      kilo(rate.high),
      kilo(offered),
      `${(lost * 100).toFixed(1)} %`,
      switches.toFixed(0),
      `${(cpu * 100).toFixed(0)} %`,
    ]),
  );
  console.log(
    `  LANA's ${WITHOUT_COUNTERPART} has no counterpart: it runs in the kernel's receive interrupt`,
  );
}
