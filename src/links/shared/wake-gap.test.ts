import { expect, test } from 'vitest';
import { makeEngine } from '../../testing/engine.js';
import { numberedFrame } from '../../testing/frames.js';
import { MemoryLinks } from '../../testing/memory-links.js';

test('an application that sleeps again at once is woken again, but not before 200 µs are over', () => {
  const { engine, clock } = makeEngine({ pool: { size: 8, slotSize: 256, headroom: 56 } });
  const links = new MemoryLinks();
  const application = links.application(1, { bytes: 1 << 14 });
  const link = links.open({ kind: 'shared', channel: 1 }, { pool: engine.pool, clock, random: () => 0 });
  const send = () => {
    const frame = engine.pool.allocate()!;
    frame.fill(numberedFrame(1));
    link.send([frame], 0, 1);
    engine.pool.release(frame);
  };
  const readAndSleep = () => {
    while (application.reader.next()) application.reader.release();
    expect(application.reader.sleep()).toBe(true);
  };
  const due = () => link.dueAt() - clock.now();

  readAndSleep();
  send();
  expect([application.wakes, due()]).toEqual([1, Number.POSITIVE_INFINITY]); // alone: at once
  readAndSleep();
  clock.advance(50);
  send();
  send();
  expect([application.wakes, due()]).toEqual([1, 150]);
  clock.advance(149);
  link.receive([], 1);
  expect([application.wakes, due()]).toEqual([1, 1]);
  clock.advance(1);
  link.receive([], 1);
  expect([application.wakes, due()]).toEqual([2, Number.POSITIVE_INFINITY]); // once for all of them
  link.receive([], 1);
  expect(application.wakes).toBe(2);
  readAndSleep();
  clock.advance(200);
  send();
  expect(application.wakes).toBe(3); // after a pause at once again
});
