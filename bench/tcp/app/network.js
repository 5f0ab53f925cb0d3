// Sockets of Node's own, or of a Quipu host on a device of this namespace: the same to everybody who uses them.

import { Agent } from 'node:http';
import { connect, createServer } from 'node:net';
import { createHost, hostAgent } from '../../../dist/index.js';

/** @typedef {import('node:net').Socket} Socket */
/**
 * @typedef {object} Network
 * @property {(to: { host: string, port: number }) => Socket} connect
 * @property {(accept: (socket: Socket) => void) => import('node:net').Server} createServer
 * @property {(options: import('node:http').AgentOptions) => Agent} agent
 * @property {() => Record<string, number>} drops frames lost so far, by block and reason
 */

/** @returns {Network} */
export function nodeNetwork() {
  return {
    connect: (to) => connect(to),
    createServer: (accept) => createServer(accept),
    agent: (options) => new Agent(options),
    drops: () => ({}),
  };
}

/**
 * @param {string} kind `tap` or `tun` @param {string} device @param {string} address such as 10.9.4.2/24
 * @param {boolean} offload @param {string} [gateway]
 * @returns {Network}
 */
export function quipuNetwork(kind, device, address, offload, gateway) {
  const host = createHost({
    name: 'quipu',
    ...(gateway === undefined ? {} : { gateway }),
    links: [
      {
        ...{ name: 'device', link: { kind, device, offload }, ipv6: 'off', check: 'off' },
        ...(kind === 'tap' ? { mac: '02:00:00:00:00:51' } : {}),
        addresses: [address],
      },
    ],
  });
  return {
    connect: (to) => host.connect(to),
    createServer: (accept) => host.createServer({}, accept),
    agent: (options) => hostAgent(host, options),
    drops: () =>
      Object.fromEntries(
        host.engine.drops().map(({ block, reason, count }) => [`${block} ${reason}`, count]),
      ),
  };
}
