import { describe, expect, test } from 'vitest';
import type { Frame } from '../../contract/frame.js';
import { SendStop } from '../../contract/link.js';
import { makeEngine } from '../../testing/engine.js';
import { bytesOf, ethernetFrame, hexOf, numberedFrame, numberOf } from '../../testing/frames.js';
import { MemoryLinks } from '../../testing/memory-links.js';
import type { SharedLink } from './shared.js';

function opened(options: { bytes?: number; frames?: number; pool?: number } = {}) {
  const { engine, clock } = makeEngine({ pool: { size: options.pool ?? 8, slotSize: 256, headroom: 56 } });
  const links = new MemoryLinks();
  const { bytes = 1 << 14, frames = 100 } = options;
  const application = links.application(1, { bytes, frames });
  const context = { pool: engine.pool, clock, random: () => 0 };
  const link = links.open({ kind: 'shared', channel: 1 }, context) as SharedLink;
  const { pool } = engine;
  const make = (number: number): Frame => {
    const frame = pool.allocate()!;
    frame.fill(numberedFrame(number));
    return frame;
  };
  return { link, application, pool, clock, make };
}

describe('to the application', () => {
  test('frames are copied, in order, and it is woken once when it sleeps', () => {
    const { link, application, make } = opened();
    expect(application.reader.sleep()).toBe(true);
    const frames = [make(1), make(2), make(3)];
    expect([link.send(frames, 1, 3), link.stopped]).toEqual([2, SendStop.none]);
    expect([application.wakes, link.held()]).toEqual([1, 2]);
    frames[1].setU32(14, 99);
    const got = [];
    while (application.reader.next()) {
      const { memory, offset, length } = application.reader;
      got.push(numberOf(memory.slice(offset, offset + length)));
    }
    application.reader.release();
    expect([got, link.held()]).toEqual([[2, 3], 0]);
    link.send([make(4)], 0, 1);
    expect(application.wakes).toBe(1); // it does not sleep: it needs no waking
  });

  test('a full ring stops it: overflow, counted for the application', () => {
    const { link, application, make } = opened({ frames: 2 });
    expect([link.send([make(1), make(2), make(3)], 0, 3), link.stopped]).toEqual([2, SendStop.overflow]);
    expect([application.reader.overflow, link.held()]).toEqual([1, 2]);
  });

  test('a closed one is down', () => {
    const { link, application, make } = opened();
    expect(link.state()).toBe('up');
    link.close();
    link.close();
    expect([link.send([make(1)], 0, 1), link.stopped, link.state(), application.reader.closed]).toEqual([
      0,
      SendStop.down,
      'ended',
      true,
    ]);
    expect(application.wakes).toBe(1);
  });
});

describe('from the application', () => {
  test('frames come with the time of their arrival and their protocol', () => {
    const { link, application, clock } = opened();
    application.writer.pushBytes(ethernetFrame({ type: 0x806 }), 5);
    expect(link.receive([], 10)).toBe(0); // not published
    application.writer.publish();
    clock.advance(77);
    const into: Frame[] = [];
    expect(link.receive(into, 10)).toBe(1);
    expect(into[0]).toMatchObject({ timestamp: clock.now(), protocol: 0x806, hardwareType: 1, length: 60 });
    expect(hexOf(bytesOf(into[0]))).toBe(hexOf(ethernetFrame({ type: 0x806 })));
  });

  test('as many as are asked for; the rest waits', () => {
    const { link, application } = opened();
    for (const n of [1, 2, 3]) application.writer.pushBytes(numberedFrame(n), 0);
    application.writer.publish();
    const into: Frame[] = [];
    expect([link.receive(into, 2), application.writer.waiting]).toEqual([2, 1]);
    expect(link.receive(into, 2)).toBe(1);
    expect(numberOf(bytesOf(into[0]))).toBe(3);
  });

  test('what is longer than a slot, and what finds the pool empty, is lost and counted', () => {
    const { link, application, pool } = opened({ pool: 1 });
    for (const length of [201, 200, 60]) application.writer.pushBytes(new Uint8Array(length), 0);
    application.writer.publish();
    const into: Frame[] = [];
    expect(link.receive(into, 10)).toBe(1);
    expect([into[0].length, pool.free, link.losses()]).toEqual([
      200,
      0,
      { 'too-long': 1, malformed: 0, 'pool-empty': 1 },
    ]);
    expect(application.writer.waiting).toBe(0);
  });

  test('an empty frame is a frame', () => {
    const { link, application } = opened();
    application.writer.pushBytes(new Uint8Array(0), 0);
    application.writer.publish();
    const into: Frame[] = [];
    expect([link.receive(into, 10), into[0].length, into[0].protocol]).toEqual([1, 0, 0]);
  });
});

test('is asked in every turn and counts as local', () => {
  const { link } = opened();
  expect(link).toMatchObject({
    fd: -1,
    local: true,
    maxSend: 0,
    hardwareType: 1,
    address: null,
    lastError: '',
  });
  expect(link.dueAt()).toBe(Number.POSITIVE_INFINITY);
});
