import type { Clock } from '../contract/clock.js';

const originMicros = performance.timeOrigin * 1000;

/**
 * Real time: whole microseconds since the Unix epoch. It is the wall clock at the start of the thread
 * moved on by the monotonic clock, so it never runs backwards, nor follows later corrections of
 * the wall clock.
 */
export const systemClock: Clock = {
  now(): number {
    return Math.floor(originMicros + performance.now() * 1000);
  },
};
