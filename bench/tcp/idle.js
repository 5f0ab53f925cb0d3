// node bench/tcp/idle.js [--count 10000] [--what sockets,stack,node] [--exchange 64] [--json]
//
// Bytes of memory that an idle connection takes, at the server's end and at the client's, each in a process of its own:
//   sockets  `HostSocket`s of two Quipu hosts, with listeners for data, end, error and close of their own
//   stack    the same connections without sockets: what the TCP of a host holds
//   node     Node's own `net.Socket`s over the loopback device; what the kernel holds is not in the figure
// The hosts are joined by a tunnel of UDP datagrams on the loopback device, so no privilege is needed. Each connection
// has carried --exchange bytes there and back before it idles (0: nothing). 500 connections are there before the first
// look at the memory, so that compiled code and tables of fixed size are not counted.

import { createSocket } from 'node:dgram';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { Talker } from '../shared/process.js';
import { printTable } from '../shared/report.js';

const KINDS = ['sockets', 'stack', 'node'];
const WARM = 500;
/** Acknowledgements and timers of what was exchanged are through by then. */
const SETTLE_MS = 1500;

/**
 * Bytes, for each connection.
 * @typedef {object} Idle
 * @property {string} what @property {'server' | 'client'} side
 * @property {number} heap of JavaScript
 * @property {number} external array buffers, and what objects of C++ take outside of the heap
 * @property {number} each both
 * @property {number} resident what the process has grown by: also what the collector keeps for later
 */

/**
 * @param {string} what one of KINDS @param {number} count @param {number} exchange bytes
 * @returns {Promise<Idle[]>}
 */
async function measureIdle(what, count, exchange) {
  const [one, other] = await freePorts();
  const holder = (/** @type {string} */ side) => {
    const file = join(import.meta.dirname, 'idle/holder.js');
    const [local, remote] = side === 'server' ? [one, other] : [other, one];
    const words = [what, side, String(exchange), String(local), String(remote)];
    return new Talker([process.execPath, '--expose-gc', file, ...words]);
  };
  const server = holder('server');
  const serverPort = await server.json();
  const client = holder('client');
  await client.json();
  try {
    const open = async (/** @type {number} */ more) => {
      client.tell(`open ${more} ${serverPort.port}`);
      await client.expect('open');
      await sleep(SETTLE_MS);
    };
    const measure = async (/** @type {Talker} */ of, /** @type {number} */ expected) => {
      of.tell('measure');
      const { held, ...bytes } = await of.json();
      if (held !== expected) throw new Error(`${what}: ${held} of ${expected} connections are there`);
      return bytes;
    };
    await open(WARM);
    const before = [await measure(server, WARM), await measure(client, WARM)];
    await open(count);
    const after = [await measure(server, WARM + count), await measure(client, WARM + count)];
    const sides = /** @type {const} */ (['server', 'client']);
    return sides.map((side, i) => {
      const grown = (/** @type {string} */ of) => (after[i][of] - before[i][of]) / count;
      const [heap, external] = [grown('heap'), grown('external')];
      return { what, side, heap, external, each: heap + external, resident: grown('rss') };
    });
  } finally {
    await Promise.all([server.end('SIGKILL'), client.end('SIGKILL')]);
  }
}

/** All kinds. @param {number} count @param {number} exchange */
export async function idleRows(count, exchange) {
  const rows = [];
  for (const what of KINDS) rows.push(...(await measureIdle(what, count, exchange)));
  return rows;
}

/** Two port numbers for UDP that are free now. */
async function freePorts() {
  const sockets = [createSocket('udp4'), createSocket('udp4')];
  const ports = await Promise.all(
    sockets.map(
      (socket) =>
        new Promise((resolve, reject) => {
          socket.once('error', reject).bind(0, '127.0.0.1', () => resolve(socket.address().port));
        }),
    ),
  );
  for (const socket of sockets) socket.close();
  return ports;
}

/** @param {readonly Idle[]} rows */
export function printIdle(rows) {
  printTable(
    ['idle connections', 'side', 'bytes each', 'heap', 'external', 'resident'],
    rows.map(({ what, side, ...bytes }) => [
      what,
      side,
      ...[bytes.each, bytes.heap, bytes.external, bytes.resident].map((number) => number.toFixed(0)),
    ]),
  );
}

if (process.argv[1] === import.meta.filename) {
  const { values } = parseArgs({
    options: {
      count: { type: 'string', default: '10000' },
      what: { type: 'string', default: KINDS.join() },
      exchange: { type: 'string', default: '64' },
      json: { type: 'boolean', default: false },
    },
  });
  const rows = [];
  for (const what of values.what.split(',')) {
    if (!KINDS.includes(what)) throw new Error(`--what ${what}: there are ${KINDS.join(', ')}`);
    rows.push(...(await measureIdle(what, Number(values.count), Number(values.exchange))));
  }
  if (values.json) console.log(JSON.stringify(rows));
  else printIdle(rows);
}
