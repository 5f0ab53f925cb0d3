import { expect, test } from 'vitest';
import { makeStation } from '../testing/host-lan.js';
import { echoRequest, ipv4Packet } from '../testing/ip-packets.js';
import { framed } from '../testing/ipv6-packets.js';
import { interfaceSteps } from './graph.js';

const MAC = '02:00:00:00:01:01';
const GATEWAY = Uint8Array.of(10, 0, 0, 9);
const AWAY = Uint8Array.of(192, 0, 2, 1);

/** A host on two links, of which the first leads to everywhere. */
function station() {
  const one = makeStation(1, ['lan', 'other']);
  const { host, at } = one;
  host.addAddress(at('lan'), Uint8Array.of(10, 0, 0, 1), 24);
  host.addAddress(at('other'), Uint8Array.of(10, 0, 1, 1), 24);
  host.addRoute({ prefix: new Uint8Array(4), bits: 0, gateway: GATEWAY, interface: 1, metric: 0 });
  return one;
}

test('an interface whose block is removed takes its addresses and routes along, and lets go what waits for neighbours', () => {
  const { node, host } = station();
  const ends = { source: '10.0.0.77', destination: '10.0.0.1' };
  const request = ipv4Packet({ ...ends, protocol: 1, payload: echoRequest() });
  node.arrive('lan', framed(MAC, '02:00:00:00:00:77', request));
  const output = node.get('h1.ip-output').block;
  expect([output.held?.(), node.engine.pool.size - node.engine.pool.free]).toEqual([1, 1]);
  node.act({ do: 'rm', name: 'h1.lan', mode: 'force' });
  node.settle();
  expect([output.held?.(), node.engine.pool.size - node.engine.pool.free]).toEqual([0, 0]);
  expect(host.routes4.routes.map((route) => route.interface)).toEqual([2]);
  expect([host.destination(AWAY, 0, 4), host.isLocal(Uint8Array.of(10, 0, 0, 1), 0, 4)]).toEqual([
    null,
    false,
  ]);
});

test('one of the same name gets its number again; the last one’s number is for any', () => {
  const { node, host } = station();
  const numbers = () =>
    host.interfaces.map(({ name, index, isGone }) => `${name} ${index}${isGone ? ' gone' : ''}`);
  node.act({ do: 'rm', name: 'h1.lan', mode: 'force' });
  expect(numbers()).toEqual(['lan 1 gone', 'other 2']);
  node.act(...interfaceSteps('h1', 1, 'lan', { mac: MAC, mtu: 1500 }));
  expect(numbers()).toEqual(['lan 1', 'other 2']);
  node.act({ do: 'rm', name: 'h1.other', mode: 'force' });
  expect(numbers()).toEqual(['lan 1']);
});
