import { expect, test } from 'vitest';
import type { Frame } from '../../contract/frame.js';
import { SendStop } from '../../contract/link.js';
import { createDoorbell, DOORBELL } from '../../linux/doorbell.js';
import { EventFd } from '../../linux/event-fd.js';
import { bytesOf, ethernetFrame, numberedFrame, numberOf } from '../../testing/frames.js';
import { joined } from '../../testing/host-link.js';
import { createHostRings, hostChannel, leaveAsHost } from './host-rings.js';
import { openRingLink } from './ring-link.js';
import { SharedLink } from './shared.js';

test('frames go both ways, with what the kernel would say of them', () => {
  const { node, host, near, link, frames, numbered, take } = joined();
  expect(near.send(numbered(node, 1, 2), 0, 2)).toBe(2);
  const [first, second] = take();
  expect([numberOf(bytesOf(first)), numberOf(bytesOf(second))]).toEqual([1, 2]);
  near.send(frames(node, ethernetFrame({ type: 0x806, to: 'ff:ff:ff:ff:ff:ff' })), 0, 1);
  expect(take()[0]).toMatchObject({ protocol: 0x806, packetType: 1, hardwareType: 1, length: 60 });
  expect([link.send(numbered(host, 7, 8, 9), 1, 3), link.stopped]).toEqual([2, SendStop.none]);
  const into: Frame[] = [];
  expect([near.receive(into, 64), ...into.map((frame) => numberOf(bytesOf(frame)))]).toEqual([2, 8, 9]);
});

test('the host sleeps after a look that found nothing, and only then costs the node a signal', () => {
  const { node, near, link, event, numbered, take } = joined();
  near.send(numbered(node, 1), 0, 1);
  expect([event.clear(), link.dueAt()]).toEqual([0, 0]); // awake: it is asked in every turn
  expect(link.receive([], 64)).toBe(1);
  expect(link.dueAt()).toBe(0);
  expect(link.receive([], 64)).toBe(0);
  expect(link.dueAt()).toBe(Number.POSITIVE_INFINITY);
  near.send(numbered(node, 2), 0, 1);
  near.send(numbered(node, 3), 0, 1);
  expect(take().length).toBe(2);
  expect(event.clear()).toBe(0); // one signal, which the link has taken
  near.send(numbered(node, 4), 0, 1);
  expect(event.clear()).toBe(1);
});

test('a signal that comes later than what it tells of does not stay on the descriptor', () => {
  const { link, rings, event, take, near, node, numbered } = joined();
  take(); // asleep
  const words = new Int32Array(rings.up);
  // The writer has seen it asleep, and is held up before it signals.
  expect(Atomics.exchange(words, 4, 0)).toBe(1);
  take();
  event.signal();
  take();
  expect(event.clear()).toBe(0);
  expect(link.dueAt()).toBe(Number.POSITIVE_INFINITY);
  near.send(numbered(node, 1), 0, 1);
  expect(take().length).toBe(1);
});

test('the engine is rung once when it sleeps', () => {
  const { host, link, words, bell, numbered } = joined();
  link.send(numbered(host, 1), 0, 1);
  expect(bell.clear()).toBe(0);
  words[DOORBELL.sleeps] = 1;
  link.send(numbered(host, 2), 0, 1);
  link.send(numbered(host, 3), 0, 1);
  expect([bell.clear(), words[DOORBELL.sleeps]]).toEqual([1, 0]);
});

test('without room towards the node frames wait; towards the host they are dropped and counted there', () => {
  const { node, host, near, link, numbered } = joined({ queueLimit: 2 });
  const waiting = numbered(host, 1, 2, 3);
  expect([link.send(waiting, 0, 3), link.stopped]).toEqual([2, SendStop.full]);
  near.receive([], 64);
  expect([link.send(waiting, 2, 3), link.stopped]).toEqual([1, SendStop.none]);
  expect([near.send(numbered(node, 1, 2, 3), 0, 3), near.stopped, near.held()]).toEqual([
    2,
    SendStop.overflow,
    2,
  ]);
});

test('what would never find room is too long, however empty the ring', () => {
  const { host, near, link, frames } = joined({ ringBytes: 4096 });
  expect(link.maxSend).toBe(2016);
  const long = new Uint8Array(2017 - 56);
  expect([link.send(frames(host, long), 0, 1), link.stopped]).toEqual([1, SendStop.none]);
  near.receive([], 1);
  const [frame] = frames(host, long);
  Object.assign(frame, { length: 2017 });
  expect([link.send([frame], 0, 1), link.stopped]).toEqual([0, SendStop.tooLong]);
});

test('what does not fit the pool, or is no frame, is lost and counted', () => {
  const { node, near, link, frames, take } = joined({ pool: 2 });
  near.send(frames(node, numberedFrame(1), new Uint8Array(5)), 0, 2);
  const kept = take();
  near.send(frames(node), 0, 0);
  expect([kept.length, link.losses()]).toEqual([1, { 'too-long': 0, malformed: 1, 'pool-empty': 0 }]);
});

test('when the node’s block goes, the host’s link has ended, and its driver hears of it', () => {
  const { host, near, link, event, numbered, take } = joined();
  take();
  near.close();
  expect(event.clear()).toBe(1);
  event.signal();
  expect(take()).toEqual([]);
  const due = link.dueAt() - host.clock.now();
  expect(due).toBeGreaterThan(0);
  expect(due).toBeLessThanOrEqual(100_000);
  expect([link.state(), link.dueAt()]).toEqual(['ended', Number.POSITIVE_INFINITY]);
  expect([link.send(numbered(host, 1), 0, 1), link.stopped]).toEqual([0, SendStop.down]);
  expect(event.clear()).toBe(0);
});

test('a host that closes stops the node’s sending; the last of both closes the descriptor, once', () => {
  const { node, near, link, rings, event, numbered } = joined();
  link.close();
  link.close();
  near.send(numbered(node, 1), 0, 1);
  expect([near.held(), link.state()]).toEqual([1, 'ended']);
  event.signal(); // it is open still
  near.close();
  expect(() => event.signal()).toThrow('EBADF');
  const other = new EventFd();
  near.close();
  leaveAsHost(rings);
  other.signal(); // not closed, though it may have got the number
  expect(other.clear()).toBe(1);
  other.close();
});

test('one host has it, and none when the node was first to go', () => {
  const first = joined();
  expect(first.open).toThrow('node link: on sw0: another host has it');
  const rings = createHostRings(createDoorbell(), {});
  const context = { pool: first.node.engine.pool, clock: first.node.clock, random: () => 0 };
  new SharedLink('host h2', hostChannel('h2', rings), context).close();
  expect(() => openRingLink({ kind: 'node', on: 'sw0', rings }, context)).toThrow('the node has closed it');
  expect(() => new EventFd(rings.event).signal()).toThrow('EBADF');
  expect(() => openRingLink({ kind: 'node', on: 'sw0' }, context)).toThrow('hostLink()');
  expect(() => openRingLink({ kind: 'node', on: 'sw0', rings, offload: true }, context)).toThrow('node link');
});
