import { Worker } from 'node:worker_threads';
import { expect, test } from 'vitest';
import { EventFd } from '../../src/linux/event-fd.js';
import { deviceNames, NetDevices } from '../../src/linux/netdev.js';
import { unshareNetwork, withNamespace } from '../../src/linux/netns.js';
import { Poller } from '../../src/linux/poll.js';
import { Rig } from './links-support.js';

test('finds the ready descriptors among many, and only those', () => {
  const poller = new Poller();
  const events = Array.from({ length: 40 }, () => new EventFd());
  for (const event of events) poller.add(event.fd);
  expect(poller.wait(0)).toBe(0);
  events[3].signal();
  events[3].signal();
  events[39].signal();
  expect(poller.wait(1000)).toBe(2);
  expect([poller.readyFd(0), poller.readyFd(1)]).toEqual([events[3].fd, events[39].fd]);
  expect([poller.isReadable(0), poller.isWritable(0)]).toEqual([true, false]);
  events[3].clear();
  expect(poller.wait(-1)).toBe(1);
  poller.remove(events[39].fd);
  poller.remove(events[39].fd);
  expect(poller.wait(0)).toBe(0);
  poller.watchWritable(events[5].fd, true);
  expect(poller.wait(0)).toBe(1);
  expect([poller.readyFd(0), poller.isReadable(0), poller.isWritable(0)]).toEqual([
    events[5].fd,
    false,
    true,
  ]);
  poller.watchWritable(events[5].fd, false);
  expect(() => poller.add(events[5].fd)).toThrow(RangeError);
  for (const event of events) event.close();
});

test('a timeout is kept, in fractions of a millisecond too', () => {
  const poller = new Poller();
  for (const ms of [0.3, 20]) {
    const start = performance.now();
    expect(poller.wait(ms)).toBe(0);
    const took = performance.now() - start;
    expect(took).toBeGreaterThanOrEqual(ms);
    expect(took).toBeLessThan(ms + 500);
  }
});

test('another thread wakes the poller by the descriptor number', () => {
  const poller = new Poller();
  const event = new EventFd();
  poller.add(event.fd);
  const code = `const { writeSync } = require('node:fs');
    const { workerData } = require('node:worker_threads');
    writeSync(workerData, new Uint8Array([1, 0, 0, 0, 0, 0, 0, 0]));`;
  const worker = new Worker(code, { eval: true, workerData: event.fd });
  expect(poller.wait(5000)).toBe(1);
  event.close();
  return worker.terminate();
});

test('a namespace is entered and left, also when the action fails', () => {
  const rig = new Rig();
  try {
    const here = deviceNames();
    const inside = () => rig.open(rig.b, deviceNames);
    expect(inside().sort()).toEqual(expect.arrayContaining(['lo', 'vb']));
    expect(deviceNames()).toEqual(here);
    const failing = () => {
      throw new Error('inside');
    };
    expect(() => rig.open(rig.b, failing)).toThrow('inside');
    expect(deviceNames()).toEqual(here);
    expect(() => withNamespace('/run/netns/nosuch', () => 1)).toThrow(/nosuch.*ENOENT/);
    expect(withNamespace(process.pid, deviceNames)).toEqual(here);
    // A namespace of its own, made inside, is left behind too.
    const fresh = () => {
      unshareNetwork();
      return deviceNames();
    };
    expect(rig.open(rig.b, fresh)).toEqual(['lo']);
    expect(deviceNames()).toEqual(here);
  } finally {
    rig.close();
  }
});

test('devices are read and changed', () => {
  const rig = new Rig();
  try {
    const devices = rig.open(rig.b, () => new NetDevices());
    const index = devices.index('vb');
    expect(devices.nameOf(index)).toBe('vb');
    expect(devices.nameOf(99999)).toBe(null);
    expect([devices.indexOrZero('vb'), devices.indexOrZero('nosuch0')]).toEqual([index, 0]);
    devices.setUp('vb', false);
    expect(devices.flags('vb') & 1).toBe(0);
    devices.setAddress('vb', new Uint8Array([2, 0, 0, 0, 0, 9]));
    devices.setMtu('vb', 1300);
    devices.setUp('vb', true);
    expect(devices.flags('vb') & 1).toBe(1);
    expect(devices.mtu('vb')).toBe(1300);
    expect(devices.hardware('vb')).toEqual({ type: 1, address: new Uint8Array([2, 0, 0, 0, 0, 9]) });
    expect(devices.hardware('lo').type).toBe(772);
    expect(() => devices.setMtu('vb', -1)).toThrow(/MTU of vb to -1.*EINVAL/);
    expect(() => devices.mtu('nosuch0')).toThrow(/nosuch0.*ENODEV/);
    devices.close();
    devices.close();
  } finally {
    rig.close();
  }
});
