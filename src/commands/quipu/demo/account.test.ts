import { expect, test } from 'vitest';
import type { NodeStatus } from '../../../control/views.js';
import { equation, faults, holds, lastLine } from './account.js';

function status(totals: Partial<NodeStatus['totals']> = {}, free = 64): NodeStatus {
  const none = { inBytes: 0, outBytes: 0, frames: 0, bytes: 0, invocations: 0 };
  const drop = { text: 'the filter refused it', reason: 'filtered' };
  return {
    totals: { ...none, in: 10, created: 10, out: 1, consumed: 8, dropped: 11, held: 0, ...totals },
    drops: [
      { ...drop, block: 'ipv4', count: 4 },
      { ...drop, block: 'arp', count: 6 },
      { block: 'eth0', reason: 'ring-loss', text: 'lost', count: 1 },
    ],
    engines: [],
    pool: { size: 64, free, slotBytes: 2048 },
    blocks: 8,
  };
}

test('a whole account', () => {
  expect(holds(status())).toBe(true);
  expect(faults(status(), 10)).toEqual([]);
  expect(equation(status())).toBe(
    'in 10 + created 10 = out 1 + consumed 8 + dropped 11 (filtered 10, ring-loss 1) + held 0',
  );
  expect(lastLine(status())).toBe(
    'frames in 10, created 10, out 1, consumed 8, dropped 11 (filtered 10, ring-loss 1)',
  );
});

test.each([
  [status({ consumed: 7 }), null, /^the account is broken: in 10 \+ created 10 = out 1 \+ consumed 7/],
  [status({ held: 1, consumed: 7 }), null, /^1 frames were still held/],
  [status({ dropped: 12, consumed: 7 }), null, /^12 frames dropped, but reasons for 11/],
  [status({}, 60), null, /^4 frames never came back to the pool/],
  [status(), 11, /^the kernel counted 11 frames on eth0, Quipu 10/],
])('fault %#', (broken, kernelCount, text) => {
  expect(faults(broken, kernelCount)).toEqual([expect.stringMatching(text)]);
});
