// Those who hold idle connections: sockets of a host, a host's TCP without sockets, Node's own sockets.

import { connect, createServer } from 'node:net';
import { createHost } from '../../../dist/index.js';
import { write } from '../../../dist/stack/tcp/operate.js';

/** @typedef {import('../../../dist/stack/tcp/connection.js').Connection} Connection */
/** @typedef {{ port: number, held: () => number, call: (port: number) => Promise<void> }} Holder */
/** @typedef {(isServer: boolean, text: Buffer, local: string, remote: string) => Promise<Holder>} HolderMaker */

const PORT = 7;
const SERVER = '10.0.0.1';
const nothing = () => {};

/** A host at one end of a tunnel. @param {boolean} isServer @param {string} local @param {string} remote port numbers */
function hostOf(isServer, local, remote) {
  const link = { kind: 'udp', local: `127.0.0.1:${local}`, remote: `127.0.0.1:${remote}` };
  const last = isServer ? 1 : 2;
  return createHost({
    name: isServer ? 'server' : 'client',
    frames: { count: 1024, bytes: 2048 },
    links: [
      {
        ...{ name: 'tunnel', link, mac: `02:00:00:00:00:0${last}`, ipv6: 'off', check: 'off' },
        addresses: [`10.0.0.${last}/24`],
      },
    ],
  });
}

/**
 * Sockets of any kind, with listeners as a program has them.
 * @param {Buffer} text @param {(port: number) => import('node:net').Socket} dial @param {number} port
 * @param {Set<object>} held
 */
function socketHolder(text, dial, port, held) {
  return {
    port,
    held: () => held.size,
    call: (/** @type {number} */ to) =>
      /** @type {Promise<void>} */ (
        new Promise((resolve, reject) => {
          const socket = dial(to);
          held.add(socket);
          let missing = text.length;
          socket.on('connect', () => (missing === 0 ? resolve() : socket.write(text)));
          socket.on('data', (chunk) => {
            missing -= chunk.length;
            if (missing === 0) resolve();
          });
          socket.on('end', () => socket.end());
          socket.on('error', reject);
          socket.on('close', () => held.delete(socket));
        })
      ),
  };
}

/** Answers with what came. @param {import('node:net').Socket} socket @param {Set<object>} held */
function serve(socket, held) {
  held.add(socket);
  socket.on('data', (chunk) => socket.write(chunk));
  socket.on('end', () => socket.end());
  socket.on('error', () => socket.destroy());
  socket.on('close', () => held.delete(socket));
}

/** @type {HolderMaker} */
async function sockets(isServer, text, local, remote) {
  const host = hostOf(isServer, local, remote);
  const held = new Set();
  if (isServer) host.listen(PORT, (socket) => serve(socket, held));
  return socketHolder(text, (port) => host.connect({ host: SERVER, port }), PORT, held);
}

/** @type {HolderMaker} */
async function node(isServer, text) {
  const held = new Set();
  const server = createServer((socket) => serve(socket, held));
  if (isServer) await new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve(undefined)));
  const address = server.address();
  const port = address !== null && typeof address === 'object' ? address.port : 0;
  return socketHolder(text, (to) => connect(to, '127.0.0.1'), port, held);
}

/** @type {HolderMaker} */
async function stack(isServer, text, local, remote) {
  const host = hostOf(isServer, local, remote);
  const { service } = host.sockets;
  /** What calls wait for, until they have it. @type {Map<Connection, { missing: number, done: () => void }>} */
  const calls = new Map();
  const user = {
    established: (/** @type {Connection} */ c) => {
      if (text.length > 0 && !isServer) write(c, text);
      else arrived(c, 0);
    },
    readable: (/** @type {Connection} */ c) => {
      for (let bytes = c.inbox.read(); bytes !== null; bytes = c.inbox.read()) {
        if (isServer) write(c, bytes.slice());
        arrived(c, bytes.length);
      }
    },
    ...{ ended: nothing, writable: nothing, closed: nothing },
  };
  /** @param {Connection} c @param {number} bytes */
  const arrived = (c, bytes) => {
    const call = calls.get(c);
    if (call === undefined) return;
    call.missing -= bytes;
    if (call.missing > 0) return;
    calls.delete(c);
    call.done();
  };
  if (isServer)
    service.run(() => {
      service.tcp.listen({ port: PORT, address: null, backlog: 511, accept: () => user });
    });
  /** @param {number} port @param {() => void} done @param {(error: Error) => void} failed */
  const call = (port, done, failed) => {
    const path = host.sockets.path({ address: SERVER, port });
    if (typeof path === 'string') failed(new Error(path));
    else calls.set(service.tcp.connect(path, user), { missing: text.length, done });
  };
  return {
    port: PORT,
    held: () => service.tcp.size,
    call: (port) =>
      new Promise((resolve, reject) => host.sockets.run(() => call(port, () => resolve(), reject))),
  };
}

/** @type {Record<string, HolderMaker>} */
export const holders = { sockets, stack, node };
