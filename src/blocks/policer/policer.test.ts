import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Bench } from '../../testing/departures.js';

/** Virtual scheduling (ITU-T I.371 figure A.1) in whole numbers of any size; times in a unit of the caller's. */
function virtualScheduling(arrivals: readonly { at: bigint; increment: bigint }[], limit: bigint): boolean[] {
  let theoretical: bigint | null = null;
  return arrivals.map(({ at, increment }) => {
    const expected: bigint = theoretical ?? at;
    if (at < expected - limit) return false;
    theoretical = (at > expected ? at : expected) + increment;
    return true;
  });
}

/** Which frames, sent with these gaps, conform. */
function conforming(
  config: Record<string, unknown>,
  arrivals: readonly { gap: number; length: number }[],
): boolean[] {
  const t = new Bench('policer', config, 4, 16_384);
  return arrivals.map(({ gap, length }) => {
    t.node.elapse(gap);
    const before = t.out().length;
    t.send({ length });
    return t.out().length > before;
  });
}

const arrivals = fc.array(
  fc.record({ gap: fc.oneof(fc.nat(20), fc.nat(3000)), length: fc.oneof(fc.nat(200), fc.nat(9000)) }),
  { maxLength: 120 },
);

describe('equals virtual scheduling on random arrivals', () => {
  test('rate in bytes per second', () => {
    fc.assert(
      fc.property(
        arrivals,
        fc.oneof(fc.integer({ min: 1, max: 1e10 }), fc.integer({ min: 100_000, max: 10_000_000 })),
        fc.oneof(fc.integer({ min: 1, max: 20_000 })),
        (list, rate, burst) => {
          // In units of 1 / rate microseconds everything is a whole number.
          let at = 0n;
          const exact = list.map(({ gap, length }) => {
            at += BigInt(gap) * BigInt(rate);
            return { at, increment: BigInt(length) * 1_000_000n };
          });
          const expected = virtualScheduling(exact, BigInt(burst) * 1_000_000n);
          expect(conforming({ rate, burst }, list)).toEqual(expected);
        },
      ),
      { seed: 60, numRuns: 150 },
    );
  });

  test('increment and limit in microseconds', () => {
    fc.assert(
      fc.property(arrivals, fc.integer({ min: 1, max: 4000 }), fc.nat(9000), (list, quarters, limit) => {
        let at = 0n;
        const exact = list.map(({ gap }) => {
          at += 4n * BigInt(gap);
          return { at, increment: BigInt(quarters) };
        });
        const expected = virtualScheduling(exact, 4n * BigInt(limit));
        expect(conforming({ increment: quarters / 4, limit }, list)).toEqual(expected);
      }),
      { seed: 61, numRuns: 150 },
    );
  });

  test('the arrivals tell: they conform in part, and by one microsecond', () => {
    const cells = (gaps: number[]) => gaps.map((gap) => ({ gap, length: 53 }));
    const contract = { increment: 10, limit: 15 };
    expect(conforming(contract, cells([0, 0, 0, 4, 1]))).toEqual([true, true, false, false, true]);
    expect(conforming(contract, cells([0, 10, 10, 10]))).toEqual([true, true, true, true]);
    expect(conforming({ increment: 10 }, cells([0, 9, 1]))).toEqual([true, false, true]);
  });
});

test('drops the excess, or marks it and lets it pass', () => {
  const dropping = new Bench('policer', { rate: 1000, burst: 100 });
  const marking = new Bench('policer', { rate: 1000, burst: 100, action: 'mark', mark: 7 });
  for (const t of [dropping, marking]) {
    for (let i = 0; i < 4; i++) t.send({ direction: i & 1 ? 1 : 0, mark: 3 });
    expect(t.node.block('x')).toMatchObject({ packets: 2, bytes: 200, excess: 2, excessBytes: 200 });
  }
  expect([dropping.drops(), marking.drops()]).toEqual([{ excess: 2 }, {}]);
  expect([...marking.out(0), ...marking.out(1)].map((one) => one.mark)).toEqual([3, 7, 3, 7]);
});

test('what it has let pass in the last while counts on when it is changed or replaced', () => {
  const t = new Bench('policer', { rate: 1000, burst: 100 });
  t.send({ length: 1000 });
  t.node.act({ do: 'set', name: 'x', options: { rate: 2000 } });
  t.node.elapse(449_999);
  t.send();
  t.node.elapse(1);
  t.send();
  expect(t.out()).toHaveLength(2);
  t.node.act({ do: 'set', name: 'x', options: { rate: null, burst: null, increment: 1e6 } });
  t.send();
  t.node.act({ do: 'add', name: 'y', type: 'policer', config: { increment: 1e6 } });
  t.node.act({ do: 'replace', old: 'x', new: 'y' });
  expect(t.out()).toHaveLength(2);
});

test('half a contract is refused', () => {
  for (const config of [{}, { rate: 1, increment: 1 }, { rate: 1, limit: 1 }, { increment: 1, burst: 1 }]) {
    expect(() => new Bench('policer', config)).toThrow(/^x: (give either rate|burst goes with)/);
  }
});
