import { describe, expect, test } from 'vitest';
import type { Frame, FramePool } from '../../contract/frame.js';
import { joined } from '../../testing/host-link.js';
import { interrupt } from '../../testing/interrupt.js';

/** A host's end that is driven as by an event loop: it looks until nothing comes, then only when it is signalled. */
function world() {
  const ends = joined();
  const { node, near, link, event, numbered } = ends;
  const pool: FramePool = ends.host.engine.pool;
  let got = 0;
  const look = () => {
    const into: Frame[] = [];
    for (;;) {
      const count = link.receive(into, 64);
      got += count;
      for (const frame of into.splice(0)) pool.release(frame);
      if (count === 0 && link.dueAt() !== 0) return;
    }
  };
  return {
    ...ends,
    look,
    send: () => {
      const [frame] = numbered(node, 1);
      near.send([frame], 0, 1);
      node.engine.pool.release(frame);
    },
    got: () => got,
    /** What the event loop does from here on: it looks when the descriptor is ready, and only then. */
    settle: () => {
      for (let turns = 0; turns < 10; turns++) {
        const signals = event.clear();
        if (signals === 0) return;
        for (let i = 0; i < signals; i++) event.signal(); // as it was: reading it is the link's to do
        look();
      }
      throw new Error('the descriptor stays ready');
    },
  };
}

describe('no wake-up is lost, and none stays on the descriptor', () => {
  test('when the node sends at any moment of the host’s look', () => {
    let moments = 0;
    for (let at = 0; at <= moments; at++) {
      const here = world();
      here.look(); // asleep
      here.send();
      moments = interrupt(here.look, here.send, at);
      here.settle();
      expect([here.got(), here.event.clear()], `before step ${at} of the host`).toEqual([2, 0]);
    }
    expect(moments).toBeGreaterThan(8);
  });

  test('when the host looks at any moment of the node’s sending', () => {
    let moments = 0;
    for (let at = 0; at <= moments; at++) {
      const here = world();
      here.look();
      moments = interrupt(here.send, here.look, at);
      here.settle();
      expect([here.got(), here.event.clear()], `before step ${at} of the node`).toEqual([1, 0]);
    }
    expect(moments).toBeGreaterThan(3);
  });

  test('when the node closes its end at any moment of the host’s look', () => {
    let moments = 0;
    for (let at = 0; at <= moments; at++) {
      const here = world();
      here.look();
      here.send();
      moments = interrupt(here.look, () => here.near.close(), at);
      here.settle();
      expect([here.got(), here.link.state()], `before step ${at} of the host`).toEqual([1, 'ended']);
    }
  });

  test('when both ends close, each at any moment of the other: the descriptor is closed, once', () => {
    for (const hostFirst of [true, false]) {
      let moments = 0;
      for (let at = 0; at <= moments; at++) {
        const here = world();
        const [first, second] = hostFirst ? [here.link, here.near] : [here.near, here.link];
        moments = interrupt(
          () => first.close(),
          () => second.close(),
          at,
        );
        expect(() => here.event.signal(), `before step ${at}`).toThrow('EBADF');
      }
      expect(moments).toBeGreaterThan(1);
    }
  });
});
