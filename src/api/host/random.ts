import { randomFillSync } from 'node:crypto';
import type { Random } from '../../contract/clock.js';

/**
 * Numbers that nobody can foretell: port numbers (RFC 6056), the secrets of sequence numbers (RFC 6528) and of hash tables, and
 * the numbers of questions to name servers (RFC 5452) are made of them.
 */
export function secureRandom(): Random {
  const numbers = new Uint32Array(1024);
  let next = numbers.length;
  return () => {
    if (next === numbers.length) {
      randomFillSync(numbers);
      next = 0;
    }
    return numbers[next++];
  };
}
