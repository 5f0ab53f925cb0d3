import { Socket } from 'node:net';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { WaitingCalls } from './streams-listen.js';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

/** Stands for a call; says when it is reset. */
function call(): { socket: Socket; isReset: () => boolean } {
  const socket = new Socket();
  let isReset = false;
  socket.resetAndDestroy = () => {
    isReset = true;
    return socket.destroy();
  };
  return { socket, isReset: () => isReset };
}

test('a call that nobody takes within ten seconds is reset', () => {
  const calls = new WaitingCalls();
  const [late, taken] = [call(), call()];
  const left: number[] = [];
  const one = calls.add(late.socket, (id) => left.push(id));
  const other = calls.add(taken.socket, (id) => left.push(id));
  vi.advanceTimersByTime(9_999);
  expect(calls.take(other)).toBe(taken.socket);
  expect([late.isReset(), left]).toEqual([false, [other]]);
  vi.advanceTimersByTime(1);
  expect([late.isReset(), left]).toEqual([true, [other, one]]);
  expect(() => calls.take(one)).toThrow(`no call ${one} waits`);
  vi.advanceTimersByTime(60_000);
  expect(taken.isReset()).toBe(false);
});

test('all that wait are reset in the end', () => {
  const calls = new WaitingCalls();
  const waiting = call();
  calls.add(waiting.socket, () => {});
  calls.close();
  expect(waiting.isReset()).toBe(true);
});
