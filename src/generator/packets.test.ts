import { expect, test } from 'vitest';
import type { TrafficSource } from './generator.js';
import { packetsOf } from './packets.js';

const surroundings = { random: () => 0 };

function firstBytes(source: TrafficSource, workers: number): number[][] {
  return Array.from({ length: workers }, (_, worker) =>
    packetsOf(source, { worker, workers }, surroundings).map(({ bytes }) => bytes[0]),
  );
}

test('frames of a capture are dealt out: each is one worker’s', () => {
  const frames = [1, 2, 3, 4, 5].map((value) => Uint8Array.of(value));
  expect(firstBytes({ kind: 'frames', frames }, 1)).toEqual([[1, 2, 3, 4, 5]]);
  expect(firstBytes({ kind: 'frames', frames }, 2)).toEqual([
    [1, 3, 5],
    [2, 4],
  ]);
  expect(firstBytes({ kind: 'frames', frames: frames.slice(0, 1) }, 2)).toEqual([[1], []]);
});

test('frames keep the names that they have in the capture', () => {
  const frames = [1, 2].map((value) => Uint8Array.of(value));
  const [packet] = packetsOf({ kind: 'frames', frames }, { worker: 1, workers: 2 }, surroundings);
  expect(packet.name).toBe('frame 2');
});

test('packets of the language go out from all workers but for those with a prefix', () => {
  const source = { kind: 'text', text: '{ 1 } cpu(1): { 2 } cpu(0-1): { 3 }', name: 'x' } as const;
  expect(firstBytes(source, 3)).toEqual([[1, 3], [1, 2, 3], [1]]);
});
