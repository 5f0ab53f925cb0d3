import { once } from 'node:events';
import type { Readable, Writable } from 'node:stream';
import { QuipuError } from '../../contract/error.js';
import { CaptureReader } from '../../wire/capture-file.js';
import { type CaptureRecord, LINKTYPE_ETHERNET, PcapError } from '../../wire/capture-record.js';
import {
  emitPacketBlock,
  interfaceDescription,
  type PacketMeta,
  packetBlockLength,
  sectionHeader,
} from '../../wire/pcapng-emit.js';

/**
 * Sends the frames of a capture (pcap or pcapng) to the daemon, as pcapng: so that what is wrong with the capture is
 * found, and told, here. Waits while the daemon takes no more. Answers how many it was when `signal` stops it or the
 * capture ends. Throws QuipuError.
 */
export async function sendCapture(input: Readable, up: Writable, signal: AbortSignal): Promise<number> {
  const capture = new CaptureReader();
  let sent = 0;
  up.write(sectionHeader('Quipu'));
  up.write(interfaceDescription(LINKTYPE_ETHERNET));
  const stop = () => input.destroy();
  signal.addEventListener('abort', stop, { once: true });
  const drain = async () => {
    for (let record = capture.next(); record !== null; record = capture.next()) {
      if (up.destroyed) return;
      const more = up.write(blockOf(record));
      sent++;
      if (!more) await once(up, 'drain', { signal }).catch(() => {});
    }
  };
  try {
    for await (const chunk of input) {
      capture.push(chunk as Buffer);
      await drain();
      if (up.destroyed || signal.aborted) return sent;
    }
    if (capture.format !== null) capture.finish();
  } catch (error) {
    if (signal.aborted) return sent;
    if (!(error instanceof PcapError)) throw error;
    throw new QuipuError('bad-config', `stdin is no capture: ${error.message} (after ${sent} frames)`);
  } finally {
    signal.removeEventListener('abort', stop);
  }
  return sent;
}

function blockOf(record: CaptureRecord): Uint8Array {
  if (record.linkType !== LINKTYPE_ETHERNET) {
    throw new PcapError(0, `link type ${record.linkType} where Ethernet (1) is needed`);
  }
  const meta: PacketMeta = {
    interfaceId: 0,
    timestamp: record.timestamp,
    originalLength: record.originalLength,
    direction: 0,
    dropCount: 0,
    comment: null,
  };
  const { bytes } = record;
  const block = new Uint8Array(packetBlockLength(bytes.length, meta));
  emitPacketBlock(block, 0, meta, bytes, 0, bytes.length);
  return block;
}
