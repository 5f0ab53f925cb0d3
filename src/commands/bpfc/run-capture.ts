import { createReadStream } from 'node:fs';
import type { FilterInput } from '../../bpf/input.js';
import { interpret } from '../../bpf/interpreter.js';
import type { Program } from '../../bpf/opcodes.js';
import { QuipuError } from '../../contract/error.js';
import { CaptureReader } from '../../wire/capture-file.js';
import { CaptureDirection, type CaptureRecord, PcapError } from '../../wire/capture-record.js';
import { fileFault, inputName } from '../shared/input.js';

/** What a program does with a capture. */
export interface Counted {
  readonly capture: string;
  readonly packets: number;
  readonly accepted: number;
  /** Captured bytes of all packets. */
  readonly bytes: number;
  /** What the program keeps of them. */
  readonly acceptedBytes: number;
  /** Packets that were longer on the wire than in the capture. */
  readonly cut: number;
  /** Records that could not be read. */
  readonly malformed: number;
  /** Every value that the program answered, the most frequent first. */
  readonly returns: readonly { readonly value: number; readonly packets: number }[];
}

/** Runs a valid program over every packet of a pcap or pcapng file. Throws QuipuError. */
export async function runOver(program: Program, path: string): Promise<Counted> {
  const name = inputName(path);
  const counter = new Counter(program);
  const reader = new CaptureReader();
  try {
    for await (const chunk of path === '-' ? process.stdin : createReadStream(path)) {
      reader.push(chunk as Buffer);
      drain(reader, counter);
    }
    reader.finish();
  } catch (error) {
    if (error instanceof PcapError) {
      throw new QuipuError(
        'bad-request',
        `${name}: ${error.message}; ${counter.packets} packets were read before`,
      );
    }
    throw new QuipuError('bad-request', `cannot read ${name}: ${fileFault(error)}`);
  }
  return countedOf(name, counter);
}

function drain(reader: CaptureReader, counter: Counter): void {
  for (;;) {
    try {
      const record = reader.next();
      if (record === null) return;
      counter.add(record);
    } catch (error) {
      if (!(error instanceof PcapError) || error.fatal) throw error;
      counter.malformed++;
    }
  }
}

class Counter {
  packets = 0;
  malformed = 0;
  bytes = 0;
  acceptedBytes = 0;
  cut = 0;
  readonly returns = new Map<number, number>();
  private readonly program: Program;

  constructor(program: Program) {
    this.program = program;
  }

  add(record: CaptureRecord): void {
    const { length } = record.bytes;
    const value = interpret(this.program, inputOf(record), random);
    this.packets++;
    this.bytes += length;
    this.acceptedBytes += Math.min(value, length);
    if (record.originalLength > length) this.cut++;
    this.returns.set(value, (this.returns.get(value) ?? 0) + 1);
  }
}

function countedOf(capture: string, counter: Counter): Counted {
  const { packets, bytes, acceptedBytes, cut, malformed } = counter;
  const accepted = packets - (counter.returns.get(0) ?? 0);
  const returns = [...counter.returns].map(([value, count]) => ({ value, packets: count }));
  returns.sort((a, b) => b.packets - a.packets || b.value - a.value);
  return { capture, packets, accepted, bytes, acceptedBytes, cut, malformed, returns };
}

function random(): number {
  return Math.floor(Math.random() * 0x100000000);
}

const LinkType = { ethernet: 1, raw: 101 } as const;
const NO_LINK_HEADER = 0xfffe;
const EtherType = { ipv4: 0x0800, ipv6: 0x86dd, llc: 0x0004 } as const;

/** What the kernel would know about a packet, as far as a capture tells it. */
export function inputOf({ bytes, linkType, direction, interfaceId }: CaptureRecord): FilterInput {
  const isEthernet = linkType === LinkType.ethernet;
  return {
    bytes,
    start: 0,
    length: bytes.length,
    protocol: isEthernet ? etherType(bytes) : linkType === LinkType.raw ? versionType(bytes) : 0,
    packetType: direction === CaptureDirection.outbound ? 4 : isEthernet ? castOf(bytes) : 0,
    interfaceIndex: interfaceId + 1,
    mark: 0,
    queue: 0,
    hardwareType: isEthernet ? 1 : NO_LINK_HEADER,
    hash: 0,
    cpu: 0,
    vlanPresent: 0,
    vlanTag: 0,
    vlanProtocol: 0,
  };
}

/** Linux counts a length in place of the type as LLC. */
function etherType(bytes: Uint8Array): number {
  const type = ((bytes[12] ?? 0) << 8) | (bytes[13] ?? 0);
  return type >= 0x600 ? type : EtherType.llc;
}

function versionType(bytes: Uint8Array): number {
  const version = (bytes[0] ?? 0) >> 4;
  return version === 4 ? EtherType.ipv4 : version === 6 ? EtherType.ipv6 : 0;
}

/** 1 broadcast, 2 multicast, 0 anything else: the capture does not say whose the address is. */
function castOf(bytes: Uint8Array): number {
  if (bytes.length < 6 || (bytes[0] & 1) === 0) return 0;
  return bytes.subarray(0, 6).every((byte) => byte === 0xff) ? 1 : 2;
}
