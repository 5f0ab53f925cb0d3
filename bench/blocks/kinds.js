// Every kind of block as the group `blocks` measures it: alone, with a configuration that gives it its usual work.

import { ARP_REQUEST, emitArp } from '../../dist/wire/arp.js';
import { emitEthernet } from '../../dist/wire/ethernet.js';
import { arpReply, mac, udpFrame, udpFrames } from '../shared/test-frames.js';

/** Enough for a million frames a second: queues fill and empty, none overflows. */
const RATE = '200MB';
const KEY = '000102030405060708090a0b0c0d0e0f';
const ROUTER = '02:00:00:00:01:01';
const HOST = '02:00:00:00:00:03';

/**
 * @typedef {object} Kind
 * @property {Record<string, unknown>} [config]
 * @property {readonly Uint8Array[]} [frames] what comes in; else the 1,024 UDP frames
 * @property {'ip'} [layer] frames come without their Ethernet header, and with a next hop
 * @property {readonly string[]} [ports] those that lead on; else `ingress` and `egress`, as far as there are such
 * @property {string} [back] the port that leads back to the link
 * @property {string} [behind] a block before it, which the figure contains
 * @property {number} [slow] so many times fewer frames are measured
 * @property {'entry'} [is] it opens the link itself
 * @property {readonly string[]} [drops] reasons for which it drops frames here: that is its work
 * @property {(name: string) => Uint8Array} [prime] what it has to be answered, once, when it sends something
 * @property {string} [note]
 */

/** @type {Record<string, Kind>} */
export const kinds = {
  'arp-querier': {
    config: { address: '10.0.1.1', mac: ROUTER },
    layer: 'ip',
    prime: () => arpReply(arpRequest('10.0.1.2', ROUTER, '10.0.1.1'), HOST),
  },
  'arp-responder': {
    config: { addresses: '10.0.0.1 10.1.0.0/16', mac: ROUTER },
    frames: Array.from({ length: 200 }, (_, i) => arpRequest('10.0.0.1', HOST, `10.0.0.${i + 2}`)),
  },
  bpf: { config: { filter: 'ip and udp port 53' } },
  bridge: { ports: ['egress1'], back: 'egress', note: 'an address not learned: flooded, to one other port' },
  channel: { note: 'in a node of one engine: frames wait for the next turn' },
  'check-ip-header': { layer: 'ip' },
  'check-paint': { config: { color: 0 } },
  classifier: {
    config: { rules: ['12/0806 20/0001', '12/0806 20/0002', 'ip and udp port 53', '-'] },
    ports: ['ingress', 'ingress1', 'ingress2', 'ingress3'],
  },
  codel: { config: { rate: RATE } },
  compress: { slow: 50 },
  corrupt: { config: { probability: 0.01, seed: 1 } },
  counter: {},
  decompress: { behind: 'compress', slow: 50 },
  'decrement-ttl': { layer: 'ip' },
  decrypt: { config: { key: KEY }, behind: 'encrypt', slow: 50 },
  delay: { config: { time: '1ms', limit: 4000 } },
  'destination-nat': {
    config: { rules: '10.0.1.2:53/udp -> 10.0.0.2:5353', outward: 'egress' },
    ports: ['ingress', 'egress'],
  },
  discard: {},
  'drop-broadcasts': {},
  drr: { config: { rate: RATE } },
  duplicate: { config: { probability: 0.01, seed: 1 } },
  encrypt: { config: { key: KEY }, slow: 50 },
  ethernet: { is: 'entry' },
  'ethernet-decap': {},
  'ethernet-encap': { config: { source: ROUTER, destination: HOST }, layer: 'ip' },
  'flow-counter': { note: '1,024 flows' },
  forward: {},
  'hash-switch': { ports: ['ingress', 'ingress1', 'ingress2', 'ingress3'] },
  'icmp-error': {
    config: { type: 'time-exceeded', source: '10.0.0.1', rate: 0 },
    layer: 'ip',
    slow: 2,
  },
  'ip-fragment': {
    config: { mtu: 576, offset: 14 },
    frames: udpFrames({ length: 1514 }),
    slow: 10,
    note: '1,514 bytes into three fragments',
  },
  'ip-options': { config: { address: '10.0.1.1' }, layer: 'ip' },
  'ip-reassemble': { config: { offset: 14 }, frames: fragments(), slow: 2, note: 'two fragments each' },
  loss: { config: { probability: 0.01, seed: 1 }, drops: ['lost'] },
  meter: { config: { threshold: RATE }, ports: ['ingress', 'ingress1'] },
  'paced-source': { config: { rate: 1, count: 1 }, note: 'frames of others pass it' },
  paint: {},
  'paint-tee': { config: { color: 1 }, note: 'no frame has the colour' },
  policer: { config: { rate: RATE } },
  prepend: { config: { data: '0102030405060708' } },
  print: { note: '10 lines a second; the others are counted' },
  priority: { config: { rate: RATE } },
  queue: { config: { rate: RATE } },
  red: { config: { rate: RATE, min: 100, max: 500 } },
  reorder: { config: { probability: 0.01, seed: 1 } },
  'round-robin': { ports: ['ingress', 'ingress1', 'ingress2', 'ingress3'] },
  route: {
    config: { routes: '10.0.0.0/8 port 0; 10.0.1.0/24 port 1; 0.0.0.0/1 via 10.0.0.2 port 1' },
    layer: 'ip',
    ports: ['ingress', 'ingress1'],
  },
  'set-dscp': { config: { dscp: 'EF' }, layer: 'ip' },
  shaper: { config: { rate: RATE } },
  'source-nat': { config: { address: '192.0.2.1' }, note: '1,024 mappings' },
  strip: { config: { bytes: 14 } },
  switch: {},
  tee: { ports: ['ingress', 'ingress1'], note: 'a copy of every frame' },
};

/** What those before need: configurations of the blocks that stand `behind`. @type {Record<string, Record<string, unknown>>} */
export const behind = { compress: {}, encrypt: { key: KEY } };

/** Kinds that are not measured alone, and why. @type {Record<string, string>} */
export const leftOut = {
  'ethernet-tagged': 'needs a TAP device of Linux',
  socket: "needs an application: the group 'socket' measures it",
};

/** @param {string} target @param {string} from @param {string} sender */
function arpRequest(target, from, sender) {
  const bytes = new Uint8Array(60);
  const numbers = (/** @type {string} */ text) => Uint8Array.from(text.split('.'), Number);
  emitEthernet(bytes, 0, new Uint8Array(6).fill(255), mac(from), 0x0806);
  emitArp(bytes, 14, ARP_REQUEST, mac(from), numbers(sender), new Uint8Array(6), numbers(target));
  return bytes;
}

/** 512 datagrams in two fragments each, one after the other. The whole datagram is 68 bytes long. */
function fragments() {
  return Array.from({ length: 512 }, (_, number) => [
    udpFrame({ number, fragment: 0x2000, length: 14 + 20 + 24 }),
    udpFrame({ number, fragment: 3, length: 14 + 20 + 24 }),
  ]).flat();
}
