import { expect, test } from 'vitest';
import type { EngineHandle } from '../daemon/engine-handle.js';
import { RingWriter } from '../links/shared/ring.js';
import { QuipuSocket } from './socket.js';

/** A socket whose engine is this test: what is put into its ring arrives. */
async function opened(options: { maxLength?: number } = {}) {
  let writer: RingWriter | undefined;
  const handle = {
    openChannel: async (up: SharedArrayBuffer) => {
      writer = new RingWriter(up);
      return 1;
    },
    request: async () => ({}),
  } as unknown as EngineHandle;
  const socket = await QuipuSocket.open(handle, options);
  const arrive = (...bytes: number[]) => {
    writer?.pushBytes(Uint8Array.from(bytes), 1234.5);
    writer?.publish();
  };
  return { socket, arrive };
}

test('a frame is copied into the memory given, and the rest of it left alone', async () => {
  const { socket, arrive } = await opened();
  const target = new Uint8Array([9, 9, 9, 9]);
  expect(socket.receiveInto(target)).toBeNull();
  arrive(1, 2, 3);
  arrive(4);
  expect(socket.receiveInto(target)).toMatchObject({ length: 3, truncated: false, timestamp: 1234.5 });
  expect([...target]).toEqual([1, 2, 3, 9]);
  expect(socket.counts()).toMatchObject({ received: 1, waiting: 1 });
  expect(socket.receiveInto(target)).toMatchObject({ length: 1 });
  expect([...target]).toEqual([4, 2, 3, 9]);
  expect(socket.receiveInto(target)).toBeNull();
  expect(socket.counts()).toMatchObject({ received: 2, waiting: 0 });
});

test('a frame longer than the memory, or than the socket hands out, is cut and says so', async () => {
  const { socket, arrive } = await opened({ maxLength: 3 });
  const target = new Uint8Array(4);
  arrive(1, 2, 3, 4, 5);
  expect(socket.receiveInto(target)).toMatchObject({ length: 5, truncated: true });
  expect([...target]).toEqual([1, 2, 3, 0]);
  arrive(6, 7, 8);
  expect(socket.receiveInto(target.subarray(0, 2))).toMatchObject({ length: 3, truncated: true });
  expect([...target]).toEqual([6, 7, 3, 0]);
});

test('a frame that was peeked at comes next, cut like any other', async () => {
  const { socket, arrive } = await opened();
  const target = new Uint8Array(2);
  arrive(1, 2);
  arrive(3, 4, 5);
  expect([...(socket.peek()?.frame ?? [])]).toEqual([1, 2]);
  expect(socket.receiveInto(target)).toMatchObject({ length: 2, truncated: false });
  expect([...target]).toEqual([1, 2]);
  socket.peek();
  expect(socket.receiveInto(target)).toMatchObject({ length: 3, truncated: true });
  expect([...target]).toEqual([3, 4]);
  expect(socket.counts()).toMatchObject({ received: 2, waiting: 0 });
});
