import { expect, test } from 'vitest';
import { accountFaults } from '../../testing/account.js';
import { makeEngine } from '../../testing/engine.js';
import { ARP, ethernetFrame, numberedFrame, numberOf } from '../../testing/frames.js';
import type { Application } from '../../testing/memory-links.js';

const ONLY_ARP = '{ 0x28, 0, 0, 0xfffff000 }, { 0x15, 0, 1, 0x806 }, { 0x6, 0, 0, 20 }, { 0x6, 0, 0, 0 }';

function opened(frames = 8, config: Record<string, unknown> = {}) {
  const node = makeEngine();
  const application = node.links.application(1, { bytes: 1 << 14, frames });
  node.hook('eth0');
  node.act(
    { do: 'add', name: 's', type: 'socket', config: { channel: 1, ...config } },
    { do: 'bind', upper: 's', lower: 'eth0' },
  );
  return { node, application };
}

function readAll({ reader }: Application): Uint8Array[] {
  const frames: Uint8Array[] = [];
  while (reader.next()) frames.push(reader.memory.slice(reader.offset, reader.offset + reader.length));
  reader.release();
  return frames;
}

test('frames reach the application, and what it sends leaves by the link', () => {
  const { node, application } = opened();
  node.arrive('eth0', numberedFrame(1), numberedFrame(2));
  expect(readAll(application).map(numberOf)).toEqual([1, 2]);
  application.writer.pushBytes(numberedFrame(3), 0);
  application.writer.publish();
  node.settle();
  expect(node.links.end('eth0').take().map(numberOf)).toEqual([3]);
  expect(node.block('s')).toMatchObject({ received: 2, receivedBytes: 120, sent: 1, sentBytes: 60 });
  expect(node.engine.totals()).toMatchObject({ in: 3, consumed: 2, out: 1 });
});

test('a full queue drops and counts; what nobody reads is dropped when the socket closes', () => {
  const { node, application } = opened(2);
  node.arrive('eth0', ...[1, 2, 3, 4, 5].map((n) => numberedFrame(n)));
  expect(node.drops()).toEqual({ 's queue-full': 3 });
  expect(application.reader.overflow).toBe(3);
  expect([node.engine.held(), accountFaults(node.engine)]).toEqual([2, []]);
  node.act({ do: 'rm', name: 's', mode: 'force' });
  expect(node.drops()).toEqual({ 's queue-full': 3, 's unread': 2 });
  expect([node.engine.held(), accountFaults(node.engine), application.reader.closed]).toEqual([0, [], true]);
});

test('an attached filter keeps frames away and cuts those it accepts; it can be changed and taken off', () => {
  const { node, application } = opened(8, { filter: ONLY_ARP });
  node.arrive('eth0', ethernetFrame(), ethernetFrame({ type: ARP }));
  expect(readAll(application).map((frame) => frame.length)).toEqual([20]);
  expect(node.drops()).toEqual({ 's filtered': 1 });
  node.act({ do: 'set', name: 's', options: { filter: null } });
  node.arrive('eth0', ethernetFrame());
  expect(readAll(application).length).toBe(1);
});

test('a socket keeps its channel, and needs one that is open', () => {
  const { node } = opened();
  expect(() => node.act({ do: 'set', name: 's', options: { channel: 2 } })).toThrow(
    'a socket keeps its channel for life',
  );
  const add = () => node.act({ do: 'add', name: 't', type: 'socket', config: { channel: 9 } });
  expect(add).toThrow('channel 9 is not open');
  expect(() => node.act({ do: 'add', name: 't', type: 'socket' })).toThrow('t (socket): channel');
});

test('nothing can sit on a socket', () => {
  const { node } = opened();
  node.add({ c: 'counter' });
  expect(() => node.act({ do: 'bind', upper: 'c', lower: 's' })).toThrow('type socket has no ingress port');
});
