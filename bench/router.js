// Group `router`: the IP router of the Click paper, in memory on one core, and between real devices beside Linux.

import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { routerOnWire } from './router/on-wire.js';
import { whyNot } from './shared/cable.js';
import { begin, kilo, printTable } from './shared/report.js';
import { summary } from './shared/statistics.js';

const PROCESSES = 5;
/** Packets a second of Click's fake-iprouter in memory, on a machine of this kind, in millions: cited, not measured here. */
const CLICK = 8.25;
/** What a figure contains. */
const COUNTED = [
  'a frame taken from the pool',
  '64 bytes copied in, and the metadata that a link sets',
  'all blocks of the path, 13 of them, and their counters',
  'TTL, checksum and both MAC addresses written anew, in the frame',
  'the queue of the link at the other end, the accounts of both links',
  'the frame given back to the pool',
];
const CASES = [
  { graph: 'bare', ways: 1 },
  { graph: 'router', ways: 1 },
  { graph: 'router', ways: 2 },
];

/** @typedef {{ nsPerPacket: number, cores: number, digest: string, counters: string, blocks: number, called: string[] }} Run */

export async function router() {
  const { write } = begin('router', 'the router of examples/ip-router.yaml, 64-byte UDP packets');
  const rows = CASES.flatMap(({ graph, ways }) => measure(graph, ways));
  printTable(
    [
      'in memory',
      'directions',
      'engine',
      'blocks',
      'ns a packet',
      'lowest',
      'highest',
      'Mpps',
      'cores',
      'output',
    ],
    rows.map(({ graph, ways, engine, blocks, nsPerPacket: ns, mpps, cores, digest }) => [
      graph === 'bare' ? 'link to link' : 'router',
      ways,
      engine,
      blocks,
      ns.median.toFixed(1),
      ns.low.toFixed(1),
      ns.high.toFixed(1),
      mpps.toFixed(2),
      cores.toFixed(2),
      digest,
    ]),
  );
  console.log(`  Click's IP router in memory, cited: ${CLICK} Mpps. Counted here: ${COUNTED.join('; ')}`);
  const onWire = whyNot() === undefined ? await routerOnWire() : undefined;
  if (onWire === undefined) console.log('  on veth: left out, it takes root, trafgen and Linux 6.6');
  else
    printTable(
      ['on veth', 'arrived kpps', 'lowest', 'highest', 'beside Linux', 'offered', 'CPU'],
      onWire.rows.map(({ who, rate, besideReference, offered, cpu }) => [
        who,
        kilo(rate.median),
        kilo(rate.low),
        kilo(rate.high),
        besideReference.toFixed(2),
        kilo(offered),
        `${(cpu * 100).toFixed(0)} %`,
      ]),
    );
  const parameters = { frames: 1024, bytes: 64, processes: PROCESSES, counted: COUNTED, click: CLICK };
  write({ parameters, rows, onWire });
}

/** Both engines by turns, a process for each run. @param {string} graph @param {number} ways */
function measure(graph, ways) {
  const engines = /** @type {const} */ (['dispatch', 'fused']);
  /** @type {Run[][]} */
  const runs = [[], []];
  for (let process = 0; process < PROCESSES; process++) {
    engines.forEach((engine, i) => {
      runs[i].push(runOf(graph, engine, ways));
    });
  }
  for (const what of /** @type {const} */ (['digest', 'counters'])) {
    const seen = new Set(runs.flat().map((run) => run[what]));
    if (seen.size !== 1) throw new Error(`${graph}, ${ways}: ${what} differ: ${[...seen].join(' ')}`);
  }
  return engines.map((engine, i) => {
    const nsPerPacket = summary(runs[i].map((run) => run.nsPerPacket));
    const { digest, counters, blocks, called } = runs[i][0];
    const cores = summary(runs[i].map((run) => run.cores)).median;
    return {
      graph,
      ways,
      engine,
      blocks,
      nsPerPacket,
      mpps: 1000 / nsPerPacket.median,
      cores,
      digest,
      counters,
      called,
    };
  });
}

/** @param {string} graph @param {string} engine @param {number} ways @returns {Run} */
function runOf(graph, engine, ways) {
  const file = join(import.meta.dirname, 'router/run.js');
  return JSON.parse(
    execFileSync(process.execPath, [file, graph, engine, String(ways)], { encoding: 'utf8' }),
  );
}
