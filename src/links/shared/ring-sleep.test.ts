import { describe, expect, test } from 'vitest';
import { interrupt } from '../../testing/interrupt.js';
import { createRing, RingReader, RingWriter } from './ring.js';

interface World {
  readonly writer: RingWriter;
  readonly reader: RingReader;
  woken: number;
  got: number;
  asleep: boolean;
}

function world(): World {
  const memory = createRing({ bytes: 4096 });
  return { writer: new RingWriter(memory), reader: new RingReader(memory), woken: 0, got: 0, asleep: false };
}

const write = (of: World, frames = 1) => {
  for (let i = 0; i < frames; i++) of.writer.pushBytes(Uint8Array.of(i), 0);
  if (of.writer.publish()) of.woken++;
};

/** What a reading thread does each time it runs: take all, then sleep, or go on when told so. */
const read = (of: World) => {
  of.asleep = false;
  for (let rounds = 0; rounds < 5; rounds++) {
    while (of.reader.next()) of.got++;
    of.reader.release();
    if (of.reader.sleep()) {
      of.asleep = true;
      return;
    }
  }
};

/** A frame is lost to the reader for ever when it sleeps, the frame is there, and nobody has woken it. */
const isLost = (of: World, written: number) => of.asleep && of.woken === 0 && of.got < written;

describe('no wake-up is lost', () => {
  test('when the writer comes at any moment of the reader’s falling asleep', () => {
    let moments = 0;
    for (let at = 0; at <= moments; at++) {
      const here = world();
      moments = interrupt(
        () => read(here),
        () => write(here),
        at,
      );
      expect(isLost(here, 1), `before step ${at} of the reader`).toBe(false);
      expect(here.asleep).toBe(true);
    }
    expect(moments).toBeGreaterThan(4);
  });

  test('when the reader comes at any moment of the writer’s publishing', () => {
    let moments = 0;
    for (let at = 0; at <= moments; at++) {
      const here = world();
      read(here); // it sleeps
      const early = world();
      moments = interrupt(
        () => write(here),
        () => read(here),
        at,
      );
      expect(isLost(here, 1), `before step ${at} of the writer`).toBe(false);
      interrupt(
        () => write(early, 2),
        () => read(early),
        at,
      );
      expect(isLost(early, 2), `awake, before step ${at} of the writer`).toBe(false);
    }
    expect(moments).toBeGreaterThan(2);
  });
});

/**
 * The same as a model with single steps of both sides in every order, each step as the code has it:
 * writer: store head; exchange sleeping.  reader: load head; store sleeping 1; load head; store sleeping 0.
 */
describe('the protocol, step by step', () => {
  interface State {
    head: number;
    sleeping: number;
    writerAt: number;
    readerAt: number;
    taken: number;
    woken: boolean;
    asleep: boolean;
  }

  type Reader = (s: State) => void;
  const readerSteps: Reader[] = [
    (s) => {
      s.taken = s.head;
    },
    (s) => {
      s.sleeping = 1;
    },
    (s) => {
      s.asleep = s.head === s.taken;
    },
    (s) => {
      if (!s.asleep) s.sleeping = 0;
    },
  ];
  const writerSteps: ((s: State) => void)[] = [
    (s) => {
      s.head++;
    },
    (s) => {
      if (s.sleeping === 1) s.woken = true;
      s.sleeping = 0;
    },
  ];

  function lost(reader: Reader[], start: State): boolean {
    const writerDone = start.writerAt === writerSteps.length;
    const readerDone = start.readerAt === reader.length;
    if (writerDone && readerDone) return start.asleep && !start.woken && start.taken < start.head;
    const branches: State[] = [];
    if (!writerDone) {
      const next = { ...start };
      writerSteps[next.writerAt++](next);
      branches.push(next);
    }
    if (!readerDone) {
      const next = { ...start };
      reader[next.readerAt++](next);
      branches.push(next);
    }
    return branches.some((next) => lost(reader, next));
  }
  const begin: State = {
    head: 0,
    sleeping: 0,
    writerAt: 0,
    readerAt: 0,
    taken: 0,
    woken: false,
    asleep: false,
  };

  test('loses none in any order', () => {
    expect(lost(readerSteps, begin)).toBe(false);
  });

  test('would lose one if the reader looked first and said then that it sleeps', () => {
    const [take, say, look, undo] = readerSteps;
    expect(lost([take, look, say, undo], begin)).toBe(true);
  });
});
