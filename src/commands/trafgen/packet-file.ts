import { LINKTYPE_ETHERNET } from '../../wire/capture-record.js';
import { emitPcapHeader, emitPcapRecord, PCAP_HEADER, PCAP_RECORD_HEADER } from '../../wire/pcap.js';
import {
  emitPacketBlock,
  interfaceDescription,
  type PacketMeta,
  packetBlockLength,
  sectionHeader,
} from '../../wire/pcapng-emit.js';
import { type NewFile, newFile } from '../shared/new-file.js';
import { writeOut } from '../shared/stream.js';
import { hexText, packetText } from './packet-text.js';
import type { FileForm, SendTarget } from './send-target.js';

/** Bytes that are gathered before they are written. */
const GATHERED = 1 << 18;

/** Packets being written down. `time` is in microseconds since the epoch. */
export interface PacketFile {
  write(bytes: Uint8Array, time: number): Promise<void>;
  close(): Promise<void>;
}

/** Makes the file anew. Throws QuipuError. */
export function openPacketFile({ path, form }: Extract<SendTarget, { kind: 'file' }>): PacketFile {
  const sink = path === '-' ? toStdout : newFile(path);
  const encode = encoders[form]();
  let parts: Uint8Array[] = [encode.head];
  let size = encode.head.length;
  const flush = async () => {
    const all = Buffer.concat(parts);
    parts = [];
    size = 0;
    await sink.write(all);
  };
  return {
    async write(bytes, time) {
      const part = encode.packet(bytes, time);
      parts.push(part);
      size += part.length;
      if (size > GATHERED) await flush();
    },
    async close() {
      try {
        await flush();
      } finally {
        sink.close();
      }
    },
  };
}

const toStdout: NewFile = { write: writeOut, close: () => {} };

interface Encoder {
  readonly head: Uint8Array;
  packet(bytes: Uint8Array, time: number): Uint8Array;
}

const encoders: Readonly<Record<FileForm, () => Encoder>> = {
  hex: () => ({ head: new Uint8Array(0), packet: (bytes) => Buffer.from(hexText(bytes)) }),
  cfg: () => {
    let number = 0;
    return {
      head: new Uint8Array(0),
      packet: (bytes) => Buffer.from(packetText(bytes, `packet ${++number}, ${bytes.length} bytes`)),
    };
  },
  pcap: () => {
    const head = new Uint8Array(PCAP_HEADER);
    emitPcapHeader(head, 0, LINKTYPE_ETHERNET, undefined, true);
    return { head, packet: pcapRecord };
  },
  pcapng: () => ({
    head: Buffer.concat([sectionHeader('Quipu trafgen'), interfaceDescription(LINKTYPE_ETHERNET)]),
    packet: pcapngBlock,
  }),
};

/** With nanoseconds. */
function pcapRecord(bytes: Uint8Array, time: number): Uint8Array {
  const record = new Uint8Array(PCAP_RECORD_HEADER + bytes.length);
  const seconds = Math.floor(time / 1e6);
  const nanoseconds = Math.floor((time - seconds * 1e6) * 1000);
  emitPcapRecord(record, 0, seconds, nanoseconds, bytes.length, bytes.length);
  record.set(bytes, PCAP_RECORD_HEADER);
  return record;
}

function pcapngBlock(bytes: Uint8Array, time: number): Uint8Array {
  const meta: PacketMeta = {
    interfaceId: 0,
    timestamp: Math.floor(time),
    originalLength: bytes.length,
    direction: 0,
    dropCount: 0,
    comment: null,
  };
  const block = new Uint8Array(packetBlockLength(bytes.length, meta));
  emitPacketBlock(block, 0, meta, bytes, 0, bytes.length);
  return block;
}
