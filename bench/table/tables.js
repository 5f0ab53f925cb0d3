// How the result of each group is told in a few lines.

/**
 * @typedef {{ title: string, headings: readonly string[], rows: readonly (readonly (string | number)[])[] }} Table
 * @typedef {{ median: number }} Summary
 * @typedef {{ kind: string, length: number, engine: string, nsPerFrame: Summary }} ChainRow
 * @typedef {{ graph: string, ways: number, engine: string, mpps: number }} RouterRow
 * @typedef {{ kind: string, dispatchAdds: number, fusedAdds: number }} BlockRow
 * @typedef {{ filter: string, nsPerFrame: Partial<Record<'compiled' | 'interpreted' | 'libpcap', Summary>>,
 *   besideInterpreted?: number, besideLibpcap?: number }} FilterRow
 * @typedef {{ receiver?: string, forwarder?: string, size: number, rate: Summary, cpu: number }} ContestRow
 * @typedef {{ place: string, kind: string, p50: number, p99: number, max: number }} RetieRow
 * @typedef {{ place: string, engines: number, rate: Summary, besideOne: Summary, cores: Summary, reordered: number }} EnginesRow
 * @typedef {{ count: number, of: string, bytesEach: Summary, buildMs: Summary, fillMs: Summary, nsOfBlock?: Summary }} MemoryRow
 * @typedef {{ of: string, size: number, dispatch: GrowthOf, fused: GrowthOf }} GrowthRow
 * @typedef {{ nsPerFrame: Summary, retieMicros: Summary, isFused: boolean }} GrowthOf
 * @typedef {{ size: number, length: number, rate: Summary, offered: number, switches: number }} SweepRow
 * @typedef {{ what: string, lana: string, rate: Summary, switches: number, cpu: number }} ModelRow
 * @typedef {{ sender: string, packet: string, rate: Summary, besidePeer: number }} SentRow
 * @typedef {Record<'p50' | 'p99' | 'p999', number>} Shares
 * @typedef {{ sender: string, rate: number, gaps: Shares, late: Shares }} PacedRow
 * @typedef {{ device: string, size: number, rate: Summary & { low: number, high: number }, besideBridge: number,
 *   latency: Summary, p99: Summary }} Rfc2544Row
 * @typedef {{ name: string, direction: string, rate: Summary, besideKernel: number, cpu: number | null }} FlowRow
 * @typedef {{ name: string, rate: string, p50: Summary, p99: Summary }} RequestRow
 * @typedef {{ throughput: FlowRow[], connections: { name: string, rate: Summary, besideNode: number }[],
 *   requests: RequestRow[], idle: { what: string, side: string, each: number }[] }} TcpResult
 * @typedef {{ one: string, other: string, share: Summary & { low: number, high: number }, used: number }} FairnessRow
 * @typedef {{ load: string, way: string, p50: Summary, p99: Summary, wakeCost: Summary, readerCpu: Summary }} WakeRow
 */

/** Blocks that stand side by side in a line. */
const SIDE_BY_SIDE = 3;

const kilo = (/** @type {number} */ rate) => (rate / 1000).toFixed(0);
const one = (/** @type {number} */ value) => value.toFixed(1);
const percent = (/** @type {number} */ share) => `${(share * 100).toFixed(0)} %`;
const many = (/** @type {number} */ count) => count.toLocaleString('en');
/** @template T @param {readonly T[]} rows @param {(row: T) => boolean} which @returns {T} */
const the = (rows, which) => {
  const found = rows.find(which);
  if (found === undefined) throw new Error('a row is missing');
  return found;
};
/** @template T @param {readonly T[]} values */
const distinct = (values) => [...new Set(values)];

export const tables = {
  chain,
  router,
  blocks,
  filter,
  receive,
  socket,
  forward,
  retie,
  engines,
  memory,
  growth,
  sweep,
  trafgen,
  rfc2544,
  tcp,
  fairness,
  wake,
};

/** @param {{ rows: ChainRow[] }} result @returns {Table} */
function chain({ rows }) {
  const kinds = distinct(rows.map(({ kind }) => kind)).filter((kind) => kind !== 'none');
  const time = (/** @type {string} */ kind, /** @type {number} */ length, /** @type {string} */ engine) =>
    one(
      the(rows, (row) => row.kind === kind && row.length === length && row.engine === engine).nsPerFrame
        .median,
    );
  return {
    title: 'In memory, ns a frame through a chain of N blocks, 1,024 frames of 64 bytes; dispatch → fused:',
    headings: ['blocks', ...kinds.map((kind) => `\`${kind}\``)],
    rows: [1, 10, 50].map((length) => [
      length,
      ...kinds.map((kind) => `${time(kind, length, 'dispatch')} → ${time(kind, length, 'fused')}`),
    ]),
  };
}

/** @param {{ rows: RouterRow[], parameters: { click: number }, onWire?: { rows: { who: string, rate: Summary }[] } }} result @returns {Table} */
function router({ rows, parameters, onWire }) {
  return {
    title: `The [IP router](examples/ip-router.yaml), 64-byte UDP, one core (Click's, cited: ${parameters.click} Mpps):`,
    headings: ['', 'dispatch', 'fused'],
    rows: [
      ...[1, 2].map((ways) => [
        `in memory, ${ways === 1 ? 'one direction' : 'both directions'}, Mpps`,
        ...['dispatch', 'fused'].map((engine) =>
          the(
            rows,
            (row) => row.graph === 'router' && row.ways === ways && row.engine === engine,
          ).mpps.toFixed(2),
        ),
      ]),
      ...(onWire?.rows ?? []).map(({ who, rate }) => [`on veth, ${who}, kpps`, '', kilo(rate.median)]),
    ],
  };
}

/** @param {{ base: { dispatch: Summary, fused: Summary }, rows: BlockRow[] }} result @returns {Table} */
function blocks({ base, rows }) {
  const lines = Array.from({ length: Math.ceil(rows.length / SIDE_BY_SIDE) }, (_, i) =>
    rows.slice(i * SIDE_BY_SIDE, (i + 1) * SIDE_BY_SIDE),
  );
  return {
    title: `One block alone, ns a frame beside the ${one(base.dispatch.median)} (dispatch) and ${one(base.fused.median)} (fused) without it:`,
    headings: Array.from({ length: SIDE_BY_SIDE }, () => ['block', 'dispatch', 'fused']).flat(),
    rows: lines.map((line) => [
      ...line.flatMap(({ kind, dispatchAdds, fusedAdds }) => [
        `\`${kind}\``,
        one(dispatchAdds),
        one(fusedAdds),
      ]),
      ...Array(3 * (SIDE_BY_SIDE - line.length)).fill(''),
    ]),
  };
}

/** @param {{ rows: FilterRow[] }} result @returns {Table} */
function filter({ rows }) {
  const times = (/** @type {number | undefined} */ ratio) => (ratio === undefined ? '' : `${one(ratio)} ×`);
  return {
    title:
      "A packet filter, ns a frame; how many times as fast as our interpreter and libpcap's `bpf_filter`:",
    headings: ['filter', 'compiled', 'interpreted', 'libpcap', 'beside interpreter', 'beside libpcap'],
    rows: rows.map(({ filter: name, nsPerFrame: ns, besideInterpreted, besideLibpcap }) => [
      `\`${name}\``,
      ...[ns.compiled, ns.interpreted, ns.libpcap].map((time) =>
        time === undefined ? '' : one(time.median),
      ),
      times(besideInterpreted),
      times(besideLibpcap),
    ]),
  };
}

/** @param {readonly ContestRow[]} rows @param {'receiver' | 'forwarder'} name of the column that says who */
function contest(rows, name) {
  const sizes = distinct(rows.map(({ size }) => size));
  return {
    headings: ['kpps (CPU)', ...sizes.map((size) => `${size} bytes`)],
    rows: distinct(rows.map((row) => row[name] ?? '')).map((who) => [
      who,
      ...sizes.map((size) => {
        const { rate, cpu } = the(rows, (row) => row[name] === who && row.size === size);
        return `${kilo(rate.median)} (${percent(cpu)})`;
      }),
    ]),
  };
}

/** @param {{ rows: ContestRow[] }} result @returns {Table} */
function receive({ rows }) {
  return { title: 'Received and counted on veth, flooded:', ...contest(rows, 'receiver') };
}

/** @param {{ rows: ContestRow[] }} result @returns {Table} */
function socket({ rows }) {
  return { title: 'Received by an application:', ...contest(rows, 'receiver') };
}

/** @param {{ rows: ContestRow[] }} result @returns {Table} */
function forward({ rows }) {
  return { title: 'Forwarded between two veth pairs:', ...contest(rows, 'forwarder') };
}

/** @param {{ rows: RetieRow[], frames: { lost: number, sent: number }[], functions?: { length: number, micros: number }[] }} result @returns {Table} */
function retie({ rows, frames, functions = [] }) {
  const lost = frames.reduce((sum, of) => sum + of.lost, 0);
  const sent = frames.reduce((sum, of) => sum + of.sent, 0);
  const made = functions.map(({ length, micros }) => `${micros.toFixed(0)} for ${length}`).join(', ');
  return {
    title: `Changes of structure under load, µs; of ${many(sent)} frames ${lost} were lost${made && ` (making a function: ${made} blocks)`}:`,
    headings: ['', 'p50', 'p99', 'worst'],
    rows: rows
      .filter(({ kind }) => kind === 'all of them')
      .map(({ place, p50, p99, max }) => [place, ...[p50, p99, max].map((micros) => micros.toFixed(0))]),
  };
}

/** @param {{ rows: EnginesRow[] }} result @returns {Table} */
function engines({ rows }) {
  return {
    title: 'Two engines beside one, thousands of frames a second through a busy chain:',
    headings: ['', 'engines', 'k frames/s', 'beside one', 'cores', 'reordered'],
    rows: rows.map(({ place, engines: count, rate, besideOne, cores, reordered }) => [
      place,
      count,
      kilo(rate.median),
      besideOne.median.toFixed(2),
      cores.median.toFixed(2),
      reordered,
    ]),
  };
}

/** @param {{ rows: MemoryRow[] }} result @returns {Table} */
function memory({ rows }) {
  return {
    title: 'Memory:',
    headings: ['', 'bytes each', 'made in ms', 'ns a frame'],
    rows: rows.map(({ count, of, bytesEach, buildMs, fillMs, nsOfBlock }) => [
      `${many(count)} ${of}`,
      one(bytesEach.median),
      (buildMs.median + fillMs.median).toFixed(0),
      nsOfBlock === undefined ? '' : one(nsOfBlock.median),
    ]),
  };
}

/** @param {{ rows: GrowthRow[] }} result @returns {Table} */
function growth({ rows }) {
  return {
    title: 'As things grow: ns a frame, the link of the benchmark included, and µs of a change of structure:',
    headings: ['', 'dispatch', 'fused', 'a change'],
    rows: rows.map(({ of, size, dispatch, fused }) => [
      `${many(size)} ${of}`,
      one(dispatch.nsPerFrame.median),
      fused.isFused ? one(fused.nsPerFrame.median) : 'not fused',
      fused.retieMicros.median.toFixed(0),
    ]),
  };
}

/** @param {{ rows: SweepRow[], models: ModelRow[], parameters: { generator: string } }} result @returns {Table[]} */
function sweep({ rows, models, parameters }) {
  const sizes = distinct(rows.map(({ size }) => size));
  const lengths = distinct(rows.map(({ length }) => length));
  return [
    {
      title: `Received on veth and dropped behind a chain of N blocks, kpps and context switches a second of the engine, as LANA's thesis has it (sender: ${parameters.generator}):`,
      headings: ['bytes', ...lengths.map((length) => `${length} block${length === 1 ? '' : 's'}`), 'offered'],
      rows: sizes.map((size) => {
        const ofSize = rows.filter((row) => row.size === size);
        const offered = ofSize.map((row) => row.offered).sort((a, b) => a - b)[ofSize.length >> 1];
        return [
          size,
          ...lengths.map((length) => {
            const { rate, switches } = the(ofSize, (row) => row.length === length);
            return `${kilo(rate.median)} (${switches.toFixed(0)})`;
          }),
          kilo(offered),
        ];
      }),
    },
    {
      title: "Ways to drive an engine, 64 bytes, beside LANA's back ends:",
      headings: ['', "LANA's", 'kpps', 'switches/s', 'CPU'],
      rows: models.map(({ what, lana, rate, switches, cpu }) => [
        what,
        lana,
        kilo(rate.median),
        switches.toFixed(0),
        percent(cpu),
      ]),
    },
  ];
}

/** @param {{ rows: SentRow[], pacing: PacedRow[] }} result @returns {Table[]} */
function trafgen({ rows, pacing }) {
  return [
    {
      title: 'Sent on veth, 64 bytes, kpps:',
      headings: ['sender', 'packet', 'kpps', 'beside netsniff-ng'],
      rows: rows.map(({ sender, packet, rate, besidePeer }) => [
        sender,
        packet,
        kilo(rate.median),
        besidePeer.toFixed(2),
      ]),
    },
    {
      title:
        'Asked for 20,000 packets a second: gaps at the receiving end, and how late packets are, microseconds:',
      headings: ['sender', 'pps', 'p50', 'p99', 'p99.9', 'late p50', 'late p99'],
      rows: pacing.map(({ sender, rate, gaps, late }) => [
        sender,
        rate.toFixed(0),
        ...[gaps.p50, gaps.p99, gaps.p999, late.p50, late.p99].map(one),
      ]),
    },
  ];
}

/** @param {{ rows: Rfc2544Row[] }} result @returns {Table} */
function rfc2544({ rows }) {
  return {
    title: 'RFC 2544 throughput, measured by trafgen again and again, kpps; latency in microseconds:',
    headings: ['device', 'bytes', 'kpps', 'lowest', 'highest', 'beside the Linux bridge', 'latency', 'p99'],
    rows: rows.map(({ device, size, rate, besideBridge, latency, p99 }) => [
      device,
      size,
      kilo(rate.median),
      kilo(rate.low),
      kilo(rate.high),
      besideBridge.toFixed(2),
      latency.median.toFixed(0),
      p99.median.toFixed(0),
    ]),
  };
}

/** @param {TcpResult} result @returns {Table[]} */
function tcp({ throughput, connections, requests, idle }) {
  return [
    {
      title: 'One flow of TCP, Gbit/s, beside iperf3 between two namespaces over veth:',
      headings: ['from and to', 'direction', 'Gbit/s', 'beside the kernel', 'CPU'],
      rows: throughput.map(({ name, direction, rate, besideKernel, cpu }) => [
        ...[name, direction, (rate.median / 1e9).toFixed(2), besideKernel.toFixed(2)],
        cpu === null ? '' : percent(cpu),
      ]),
    },
    {
      title: 'Connections made and closed, 32 at a time:',
      headings: ['who calls whom', 'thousands a second', "beside Node's"],
      rows: connections.map(({ name, rate, besideNode }) => [
        ...[name, one(rate.median / 1000), besideNode.toFixed(2)],
      ]),
    },
    {
      title: 'Requests of `node:http`, microseconds:',
      headings: ['who asks whom', 'rate', 'p50', 'p99'],
      rows: requests.map(({ name, rate, p50, p99 }) => [
        ...[name, rate, p50.median.toFixed(0), p99.median.toFixed(0)],
      ]),
    },
    {
      title: 'An idle connection, bytes of heap and buffers:',
      headings: ['what', 'side', 'bytes'],
      rows: idle.map(({ what, side, each }) => [what, side, each.toFixed(0)]),
    },
  ];
}

/** @param {{ rows: FairnessRow[] }} result @returns {Table} */
function fairness({ rows }) {
  return {
    title: 'Two CUBIC flows on one bottleneck of 20 Mbit/s and 40 ms, share of the first in percent:',
    headings: ['first', 'second', 'share', 'lowest', 'highest', 'of the rate, both'],
    rows: rows.map(({ one: first, other, share, used }) => [
      ...[first, other, one(100 * share.median), one(100 * share.low), one(100 * share.high)],
      one(100 * used),
    ]),
  };
}

/** @param {{ rows: WakeRow[] }} result @returns {Table} */
function wake({ rows }) {
  return {
    title: 'Waking the main thread from a busy worker, microseconds:',
    headings: ['load', 'way', 'p50', 'p99', 'of the worker, a wake-up', "of the reader's CPU, a frame"],
    rows: rows.map(({ load, way, p50, p99, wakeCost, readerCpu }) => [
      ...[load, way, p50.median.toFixed(0), p99.median.toFixed(0)],
      ...[one(wakeCost.median), one(readerCpu.median)],
    ]),
  };
}
