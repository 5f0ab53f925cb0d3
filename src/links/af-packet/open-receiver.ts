import { QuipuError } from '../../contract/error.js';
import type { LinkContext } from '../../contract/link.js';
import { Arena } from '../../linux/arena.js';
import { ringShape } from '../../linux/packet-ring.js';
import { PacketSocket } from '../../linux/packet-socket.js';
import { BatchReceiver } from './batch-receiver.js';
import type { Receiver } from './receiver.js';
import { RingReceiver } from './ring-receiver.js';
import { type AfPacketSpec, type PacketIo, RECEIVE_BUFFER, RING_BYTES } from './spec.js';

export interface Input {
  readonly socket: PacketSocket;
  readonly receiver: Receiver;
}

/**
 * Opens the packet socket and what takes frames from it. `auto` takes the ring where the pool has room for one and the
 * kernel makes it. Throws QuipuError.
 */
export function openReceiver(
  spec: AfPacketSpec,
  index: number,
  io: PacketIo,
  context: LinkContext,
  muted = false,
): Input {
  if (io === 'ring') return openRing(spec, index, context, muted);
  if (io === 'auto' && context.pool.rings !== null) {
    try {
      return openRing(spec, index, context, muted);
    } catch {
      // Without the ring then. If that was not the reason, the next attempt says it.
    }
  }
  const receiveBuffer = spec.receiveBuffer ?? RECEIVE_BUFFER;
  const socket = new PacketSocket(spec.device, index, { ...spec, receiveBuffer, muted });
  const { pool, clock } = context;
  return { socket, receiver: new BatchReceiver(new Arena(), socket, pool, clock, spec.batch) };
}

function openRing(spec: AfPacketSpec, index: number, { pool, clock }: LinkContext, muted: boolean): Input {
  const ring = ringShape(spec.receiveBuffer ?? RING_BYTES, pool.headroom, pool.maxLength);
  const at = pool.rings?.claim(ring.bytes) ?? -1;
  if (pool.rings === null || at < 0) {
    const remedy = 'use a smaller receiveBuffer or io recvmmsg';
    throw new QuipuError('limit', `no room for a ring of ${ring.bytes} bytes for ${spec.device}: ${remedy}`);
  }
  let socket: PacketSocket | null = null;
  try {
    // Super-frames wait outside of the ring.
    const receiveBuffer = spec.receiveBuffer ?? RECEIVE_BUFFER;
    socket = new PacketSocket(spec.device, index, { ...spec, receiveBuffer, muted, ring });
    return { socket, receiver: new RingReceiver(socket, pool, pool.rings, at, ring, clock) };
  } catch (error) {
    pool.rings.giveBack(at);
    socket?.close();
    throw error;
  }
}
