import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Scoreboard, unseenFrom } from './scoreboard.js';

type Fate = 'flying' | 'sacked' | 'lost';

const BASES = [0, 0x7fff_ff80 | 0, -128];

test('any acknowledgements, blocks, losses and retransmissions: each byte has one fate, and the sums are right', () => {
  const step = fc.record({
    what: fc.constantFrom(
      'add',
      'add',
      'add',
      'acknowledge',
      'sack',
      'sack',
      'lose',
      'resend',
      'forget',
      'find',
    ),
    a: fc.nat(400),
    b: fc.integer({ min: 1, max: 60 }),
  });
  fc.assert(
    fc.property(fc.constantFrom(...BASES), fc.array(step, { maxLength: 80 }), (base, steps) => {
      const board = new Scoreboard();
      const fates = new Map<number, Fate>();
      let una = 0;
      let next = 0;
      let now = 0;
      let told = 0;
      const seq = (offset: number): number => (base + offset) | 0;
      const delivered = (_sent: unknown, bytes: number): void => {
        told += bytes;
      };
      for (const { what, a, b } of steps) {
        now++;
        told = 0;
        let fresh = 0;
        if (what === 'add') {
          board.add(seq(next), seq(next + b), now);
          for (let i = 0; i < b; i++) fates.set(next++, 'flying');
        } else if (what === 'acknowledge') {
          const to = Math.min(una + b, next);
          board.acknowledge(seq(to), delivered);
          for (; una < to; una++) {
            if (fates.get(una) !== 'sacked') fresh++;
            fates.delete(una);
          }
        } else if (what === 'sack') {
          const left = una + Math.floor(((next - una) * a) / 400);
          const right = Math.min(left + b, next);
          if (left < right) board.sack(seq(left), seq(right), delivered);
          for (let i = left; i < right; i++) {
            if (fates.get(i) !== 'sacked') fresh++;
            fates.set(i, 'sacked');
          }
        } else if (what === 'lose' && board.count > 0) {
          const sent = board.at(a % board.count);
          board.lose(sent);
          if (sent.lost)
            for (let i = (sent.seq - base) | 0; i < ((sent.end - base) | 0); i++) fates.set(i, 'lost');
        } else if (what === 'resend') {
          const sent = board.nextLost();
          const first = [...fates].filter(([, fate]) => fate === 'lost').map(([offset]) => offset)[0];
          expect(sent === null ? undefined : (sent.seq - base) | 0).toBe(first);
          if (sent === null) continue;
          board.cut(sent, (sent.seq + b) | 0);
          expect(sent.length).toBeLessThanOrEqual(b);
          board.resent(sent, now);
          for (let i = (sent.seq - base) | 0; i < ((sent.end - base) | 0); i++) fates.set(i, 'flying');
        } else if (what === 'forget') {
          board.forgetSacks();
          for (const [offset, fate] of fates) if (fate === 'sacked') fates.set(offset, 'flying');
        } else if (what === 'find') {
          board.finds();
          for (const [offset, fate] of fates) if (fate === 'lost') fates.set(offset, 'flying');
        }
        expect(told).toBe(fresh);
        check(board, fates, base, una);
      }
    }),
    { seed: 1, numRuns: 300 },
  );
});

function check(board: Scoreboard, fates: ReadonlyMap<number, Fate>, base: number, una: number): void {
  let at = una;
  let sackedRanges = 0;
  for (let i = 0; i < board.count; i++) {
    const sent = board.at(i);
    expect((sent.seq - base) | 0).toBe(at);
    const fate: Fate = sent.sacked ? 'sacked' : sent.lost ? 'lost' : 'flying';
    if (sent.sacked) sackedRanges++;
    for (let n = sent.length; n > 0; n--) expect(fates.get(at++)).toBe(fate);
  }
  expect(at - una).toBe(fates.size);
  const sum = (wanted: Fate): number => [...fates.values()].filter((fate) => fate === wanted).length;
  expect([board.inFlight, board.sackedBytes, board.lostBytes]).toEqual([
    sum('flying'),
    sum('sacked'),
    sum('lost'),
  ]);
  expect(board.sackedRanges).toBe(sackedRanges);
  // In the order of sending stand those in flight, and they alone.
  let flying = 0;
  let before = 0;
  for (let sent = board.oldest; sent !== null; sent = sent.newer) {
    expect(sent.sacked || sent.lost).toBe(false);
    flying += sent.length;
    if (sent.retransmitted) expect(sent.sentAt).toBeGreaterThanOrEqual(before);
    before = Math.max(before, sent.sentAt);
  }
  expect(flying).toBe(board.inFlight);
}

test('the part of a block that an earlier one has not told', () => {
  expect(unseenFrom(10, 20, 10, 15)).toBe(15);
  expect(unseenFrom(10, 20, 5, 30)).toBe(20);
  expect(unseenFrom(10, 20, 12, 15)).toBe(10);
  expect(unseenFrom(10, 20, 1, 10)).toBe(10);
});
