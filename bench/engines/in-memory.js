// node in-memory.js ENGINES RATE|ORDER: replays a capture of many flows through a chain that is run by so many engines.
// rate: as fast as it goes, without end. order: once, into a file; says whether each flow is whole and in its order.
// Prints one line of JSON.

import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { startNode } from '../../dist/index.js';
import { CaptureReader } from '../../dist/wire/capture-file.js';
import { emitPcapHeader, emitPcapRecord, PCAP_HEADER, PCAP_RECORD_HEADER } from '../../dist/wire/pcap.js';
import { sequenceAt, template } from '../../test/net/tools/numbered-frames.js';
import { chain, check, FLOWS, rateOf, sharesOf } from './work.js';

const FRAMES_OF_A_FLOW = 32;
const SIZE = 64;
const FIRST_PORT = 10_000;
const [enginesText, mode] = process.argv.slice(2);
const engines = Number(enginesText);
const folder = mkdtempSync(join(tmpdir(), 'quipu-bench-'));
const [input, output] = [join(folder, 'in.pcap'), join(folder, 'out.pcap')];

/** Numbered frames of all flows by turns. */
function capture() {
  const count = FLOWS * FRAMES_OF_A_FLOW;
  const file = Buffer.alloc(PCAP_HEADER + count * (PCAP_RECORD_HEADER + SIZE));
  let at = emitPcapHeader(file, 0, 1);
  const frame = Buffer.from(template('udp', SIZE, Uint8Array.of(2, 0, 0, 0, 0, 1)));
  for (let i = 0; i < count; i++) {
    frame.writeUInt16BE(FIRST_PORT + (i % FLOWS), 34);
    frame.writeUInt32BE(Math.floor(i / FLOWS), sequenceAt('udp'));
    at += emitPcapRecord(file, at, 0, 0, SIZE, SIZE);
    at += frame.copy(file, at);
  }
  return file;
}

/** Frames in the output that are missing, and those that stand behind a later one of their flow. */
function order() {
  const reader = new CaptureReader();
  reader.push(readFileSync(output));
  const next = new Map();
  let [frames, reordered] = [0, 0];
  for (let record = reader.next(); record !== null; record = reader.next()) {
    const frame = Buffer.from(record.bytes);
    const [flow, number] = [frame.readUInt16BE(34), frame.readUInt32BE(sequenceAt('udp'))];
    frames++;
    if (number < (next.get(flow) ?? 0)) reordered++;
    next.set(flow, number + 1);
  }
  return { frames, flows: next.size, missing: FLOWS * FRAMES_OF_A_FLOW - frames, reordered };
}

writeFileSync(input, capture());
const node = await startNode({ engines });
try {
  /** @type {import('./work.js').Ask} */
  const ask = (request) => node.request(request);
  const showAll = async () => /** @type {import('./work.js').BlockView[]} */ (await ask({ op: 'show-all' }));
  // A replay is in one engine: what the others are to do goes to them by channels.
  const ways = Array.from({ length: engines }, (_, engine) => engine);
  await node.transaction([
    ...chain(),
    { do: 'add', name: 'share', type: 'hash-switch' },
    ...ways.flatMap((engine) => [
      ...(engine === 0
        ? []
        : [{ do: /** @type {const} */ ('add'), name: `to${engine}`, type: 'channel', config: { engine } }]),
      {
        do: /** @type {const} */ ('connect'),
        from: 'share',
        port: engine === 0 ? 'ingress' : `ingress${engine}`,
        to: engine === 0 ? 'work0' : `to${engine}`,
      },
      ...(engine === 0
        ? []
        : [{ do: /** @type {const} */ ('connect'), from: `to${engine}`, port: 'ingress', to: 'work0' }]),
    ]),
    mode === 'order'
      ? {
          do: 'add',
          name: 'end',
          type: 'ethernet',
          config: { link: { kind: 'pcap-out', file: output, format: 'pcap' } },
        }
      : { do: 'add', name: 'end', type: 'discard' },
    { do: 'connect', from: 'count', port: 'ingress', to: 'end' },
  ]);
  const link = { kind: 'pcap', file: input, speed: 'max', loop: mode === 'order' ? 1 : 0 };
  await node.transaction([
    { do: 'add', name: 'play', type: 'ethernet', config: { link, promiscuous: true } },
    { do: 'connect', from: 'play', port: 'ingress', to: 'share' },
  ]);
  if (mode === 'order') {
    const all = FLOWS * FRAMES_OF_A_FLOW;
    for (;;) {
      const { totals } = await node.status();
      if (totals.out + totals.dropped >= all && totals.held === 0) break;
      await sleep(20);
    }
    check(await node.status(), await showAll());
    const shares = sharesOf(await node.show('count'));
    await node.transaction([{ do: 'rm', name: 'end', mode: 'force' }]);
    console.log(JSON.stringify({ ...order(), shares }));
  } else {
    const measured = await rateOf(ask, () => {
      const { user, system } = process.cpuUsage();
      return (user + system) / 1e6;
    });
    await node.transaction([{ do: 'rm', name: 'play', mode: 'force' }]);
    const status = await node.status();
    check(status, await showAll());
    const { totals } = status;
    console.log(
      JSON.stringify({ ...measured, in: totals.in, consumed: totals.consumed, dropped: totals.dropped }),
    );
  }
} finally {
  await node.close();
  rmSync(folder, { recursive: true });
}
