import { describe, expect, test } from 'vitest';
import { Overruled } from '../control/peers.js';
import { EngineGroup } from '../testing/engine-group.js';
import { Assembly, createAssemblyWords, noteDeath } from './assembly.js';

/**
 * Two engines that meet, in one thread: while one waits it looks at the clock again and again, and the other does its
 * part then. A look moves the clock on by a second.
 */
function node() {
  const words = createAssemblyWords(2);
  const { engines } = new EngineGroup();
  let seconds = 0;
  const parts: (() => void)[] = [];
  const clock = {
    now: () => {
      parts.shift()?.();
      return ++seconds * 1e6;
    },
  };
  const overdue: number[] = [];
  const assemblies = engines.map((engine, number) => {
    const assembly = new Assembly(number, 2, words, clock);
    assembly.join(engine, (change) => overdue.push(change));
    return assembly;
  });
  const take = (ticket: number) => {
    for (const assembly of assemblies) assembly.take(ticket);
  };
  take(1);
  const [first, second] = assemblies;
  /** Lets these things happen while somebody waits. */
  const meanwhile = (...steps: (() => void)[]) => parts.push(...steps);
  return { engines, first, second, meanwhile, take, words, overdue };
}

/** Both meet under a ticket. */
function meet({ first, second, meanwhile, take }: ReturnType<typeof node>, ticket: number): void {
  take(ticket);
  meanwhile(() => second.meet());
  first.meet();
}

describe('engines that meet', () => {
  test('wait for each other, and pass over IDPs that one of them has given out', () => {
    const both = node();
    both.engines[1].registry.level(7);
    meet(both, 1);
    expect(both.engines.map(({ registry }) => registry.claimIdp())).toEqual([7, 7]);
  });

  test('do not begin when one stays away, nor when it comes late; and meet the next time', () => {
    const both = node();
    expect(() => both.first.meet()).toThrow('within 10 s engine 1 did not stand still');
    expect(() => both.second.meet()).toThrow('try again');
    meet(both, 2);
    // Who comes later still, when the others have gone on without it, finds that out too.
    both.take(3);
    expect(() => both.first.meet()).toThrow('engine 1');
    both.first.take(4);
    expect(() => both.first.meet()).toThrow('engine 1');
    both.second.take(3);
    expect(() => both.second.meet()).toThrow('try again');
    both.second.take(4);
    expect(() => both.second.meet()).toThrow('try again');
    meet(both, 5);
  });

  test('go on counting when tickets begin anew', () => {
    const both = node();
    for (const ticket of [0x1fff_ffff, 0x3fff_fffe, 0x3fff_ffff, 0x4000_0000, 0x4000_0001])
      meet(both, ticket);
    expect(() => both.first.meet()).not.toThrow(); // it was decided under this ticket
  });

  test('give up when an engine has ended', () => {
    const { first, words } = node();
    noteDeath(words);
    expect(() => first.meet()).toThrow('another engine has ended');
  });
});

describe('a change', () => {
  test('is made when all can make it', () => {
    const both = node();
    meet(both, 1);
    const began: string[] = [];
    both.first.onBegin = () => began.push('first');
    both.meanwhile(() => {
      both.second.begin();
      began.push('second');
      both.second.agree();
    });
    both.first.begin();
    both.first.agree();
    expect(began).toEqual(['first', 'second']);
  });

  test('is not begun by others when the first cannot make it', () => {
    const both = node();
    meet(both, 1);
    both.first.begin();
    both.first.disagree();
    expect(() => both.second.begin()).toThrow(Overruled);
  });

  test('is not made when another cannot, which the first then is told', () => {
    const both = node();
    meet(both, 1);
    both.first.begin();
    both.meanwhile(() => {
      both.second.begin();
      both.second.disagree();
    });
    expect(() => both.first.agree()).toThrow('engine 1 could not make the change');
    both.take(2);
    meet(both, 2);
  });

  test('is not made when another takes too long, who finds that out', () => {
    const both = node();
    meet(both, 1);
    both.first.begin();
    expect(() => both.first.agree()).toThrow(Overruled);
    expect(() => both.second.agree()).toThrow(Overruled);
  });

  test('that all have agreed to cannot fail any more', () => {
    const both = node();
    meet(both, 1);
    both.meanwhile(() => both.second.agree());
    both.first.agree();
    expect(() => both.first.disagree()).toThrow('engine 0 failed in a change that all had agreed to');
  });

  test('that is not confirmed in time is told of by the first engine', () => {
    const { first, second, overdue } = node();
    second.overdue(3);
    first.overdue(4);
    expect(overdue).toEqual([4]);
  });
});
