import { vi } from 'vitest';

/**
 * The real code of two threads, one interrupted by the other: one thread cannot stop a call in its middle, but every
 * access to shared words goes through Atomics, so the other side is run from inside the n-th such call, for every n.
 *
 * Runs `first`, and `second` as a whole right before the Atomics call number `at` of `first`, or after the last. Answers
 * how many there were.
 */
export function interrupt(first: () => void, second: () => void, at: number): number {
  let calls = 0;
  const names = ['load', 'store', 'exchange', 'add'] as const;
  const spies = names.map((name) => {
    const real = Atomics[name] as (...values: unknown[]) => unknown;
    return vi.spyOn(Atomics, name).mockImplementation(((...values: unknown[]) => {
      if (calls++ === at) second();
      return real.apply(Atomics, values);
    }) as never);
  });
  try {
    first();
  } finally {
    for (const spy of spies) spy.mockRestore();
  }
  if (calls <= at) second();
  return calls;
}
