import { execFileSync } from 'node:child_process';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { compileFilter } from '../../src/bpf/compile.js';
import type { FilterInput } from '../../src/bpf/input.js';
import { interpret } from '../../src/bpf/interpreter.js';
import { Ancillary, NETWORK_OFFSET, statement } from '../../src/bpf/opcodes.js';
import { type Entropy, xorshift } from '../../src/testing/random-program.js';
import {
  attachFilter,
  close,
  inPrivateNamespace,
  packetSocket,
  receivedLength,
  sendTo,
} from './fixtures-bpf/kernel.js';

// The kernel as oracle for what filters read beside the bytes: a packet socket on one end of a veth pair, in a
// namespace without a name. Needs root. Frames are long, so that `ret a` shows values up to their length exactly.

const FRAME_LENGTH = 1400;
const KIND_ETHERNET = 1;

let sender = -1;
let receiver = -1;
let receiverIndex = 0;
let receiverAddress: Uint8Array;

beforeAll(() => {
  inPrivateNamespace(() => {
    const ip = (...words: string[]) => execFileSync('ip', words, { encoding: 'utf8' });
    ip('link', 'add', 'qbpf0', 'type', 'veth', 'peer', 'name', 'qbpf1');
    for (const name of ['qbpf0', 'qbpf1']) {
      // No neighbour discovery of the kernel's own: nothing but the frames below may reach the filter.
      execFileSync('sysctl', ['-qw', `net.ipv6.conf.${name}.disable_ipv6=1`]);
      ip('link', 'set', name, 'up');
    }
    const [near, far] = ['qbpf0', 'qbpf1'].map((name) => JSON.parse(ip('-j', 'link', 'show', name))[0]);
    receiverIndex = far.ifindex;
    receiverAddress = Uint8Array.from(far.address.split(':').map((hex: string) => Number.parseInt(hex, 16)));
    sender = packetSocket(near.ifindex);
    receiver = packetSocket(far.ifindex);
  });
});
afterAll(() => {
  close(sender);
  close(receiver);
});

/** Sends a frame and answers what the filter `load; ret a` lets through, at most FRAME_LENGTH. */
function kernelLoad(code: number, k: number, frame: Uint8Array): number {
  expect(attachFilter(receiver, [statement(code, k), statement(0x16)])).toBe(true);
  sendTo(sender, frame);
  // A softirq on this CPU delivers during `send`; the loop is for the case that it was put off.
  let length = receivedLength(receiver);
  for (let i = 0; i < 200 && length === 0; i++) length = receivedLength(receiver);
  return length;
}

function ourLoad(code: number, k: number, frame: Uint8Array, changes: Partial<FilterInput>): number {
  const program = [statement(code, k), statement(0x16)];
  const input: FilterInput = {
    ...{ bytes: frame, start: 0, length: frame.length, protocol: 0, packetType: 0, mark: 0, hash: 0, cpu: 0 },
    ...{ interfaceIndex: receiverIndex, hardwareType: KIND_ETHERNET, queue: 0 },
    ...{ vlanPresent: 0, vlanTag: 0, vlanProtocol: 0 },
    ...changes,
  };
  const result = interpret(program, input, () => 0);
  expect(compileFilter(program)(input, () => 0)).toBe(result);
  return Math.min(result, frame.length);
}

function ethernet(etherType: number, destination: ArrayLike<number> = receiverAddress): Uint8Array {
  const frame = new Uint8Array(FRAME_LENGTH);
  frame.set(Array.from(destination), 0);
  frame.set([2, 0, 0, 0, 0, 9, etherType >> 8, etherType & 255], 6);
  return frame;
}

describe('ancillary loads on an Ethernet interface', () => {
  const loads = [0x20, 0x28, 0x30];

  test('#proto, #ifidx and #hatype give the same whole value in every size', () => {
    const frame = ethernet(0x0123 + 0x0500);
    for (const code of loads) {
      expect(kernelLoad(code, Ancillary.interfaceIndex, frame)).toBe(receiverIndex);
      expect(ourLoad(code, Ancillary.interfaceIndex, frame, {})).toBe(receiverIndex);
      expect(kernelLoad(code, Ancillary.hardwareType, frame)).toBe(1);
      expect(ourLoad(code, Ancillary.hardwareType, frame, {})).toBe(1);
      expect(kernelLoad(code, Ancillary.protocol, frame)).toBe(FRAME_LENGTH);
      expect(ourLoad(code, Ancillary.protocol, frame, { protocol: 0x0623 })).toBe(FRAME_LENGTH);
    }
    // 802.3 frames carry a length: the kernel then says ETH_P_802_2 (4), which is short enough to be seen.
    expect(kernelLoad(0x30, Ancillary.protocol, ethernet(0x0100))).toBe(4);
  });

  test('#type', () => {
    const toUs = kernelLoad(0x20, Ancillary.packetType, ethernet(0x0800));
    expect(toUs).toBe(0);
    expect(kernelLoad(0x20, Ancillary.packetType, ethernet(0x0800, [255, 255, 255, 255, 255, 255]))).toBe(1);
    expect(kernelLoad(0x30, Ancillary.packetType, ethernet(0x0800, [1, 0, 94, 0, 0, 1]))).toBe(2);
    expect(kernelLoad(0x28, Ancillary.packetType, ethernet(0x0800, [2, 0, 0, 0, 0, 77]))).toBe(3);
  });

  test('a VLAN tag leaves the bytes; its parts come by #vlan_avail, #vlan_tci, #vlan_tpid and #proto', () => {
    const frame = ethernet(0x8100);
    frame.set([0x01, 0x23, 0x01, 0x00], 14);
    expect(kernelLoad(0x20, Ancillary.vlanPresent, frame)).toBe(1);
    expect(kernelLoad(0x20, Ancillary.vlanTag, frame)).toBe(0x123);
    expect(kernelLoad(0x20, Ancillary.protocol, frame)).toBe(4);
    expect(kernelLoad(0x80, 0, frame)).toBe(FRAME_LENGTH - 4);
    expect(kernelLoad(0x20, Ancillary.vlanProtocol, frame)).toBe(FRAME_LENGTH - 4);
    expect(kernelLoad(0x20, Ancillary.vlanPresent, ethernet(0x0800))).toBe(0);
  });
});

describe('loads by header', () => {
  test('the network header begins behind 14 bytes', () => {
    const frame = ethernet(0x0900);
    frame.set([0x02, 0x34], 14 + 6);
    expect(kernelLoad(0x28, NETWORK_OFFSET + 6, frame)).toBe(0x234);
    expect(ourLoad(0x28, NETWORK_OFFSET + 6, frame, {})).toBe(0x234);
  });

  test('the payload offset behind two VLAN tags: the outer has left the bytes, the inner is walked', () => {
    const frame = ethernet(0x8100);
    frame.set([0, 1, 0x81, 0x00, 0, 2, 0x08, 0x00, 0x45], 14);
    frame[14 + 8 + 9] = 17;
    const bytes = Uint8Array.from([...frame.subarray(0, 12), ...frame.subarray(16)]);
    expect(kernelLoad(0x20, Ancillary.payloadOffset, frame)).toBe(18 + 20 + 8);
    expect(ourLoad(0x20, Ancillary.payloadOffset, bytes, { protocol: 0x8100 })).toBe(18 + 20 + 8);
  });

  test('the payload offset of stacks that are too deep', () => {
    const tunnels = ethernet(0x0800);
    const options = ethernet(0x86dd);
    options[14] = 0x60;
    options[14 + 6] = 60;
    for (let i = 0; i < 30; i++) {
      tunnels.set([0x45, 0, 0, 0, 0, 0, 0, 0, 0, 4], 14 + i * 20);
      options.set([60, 0], 54 + i * 8);
    }
    const load = Ancillary.payloadOffset;
    expect(kernelLoad(0x20, load, tunnels)).toBe(ourLoad(0x20, load, tunnels, { protocol: 0x0800 }));
    expect(kernelLoad(0x20, load, options)).toBe(ourLoad(0x20, load, options, { protocol: 0x86dd }));
    expect(kernelLoad(0x20, load, options)).toBeGreaterThan(54);
  });

  test('the payload offset of random header stacks', () => {
    const next = xorshift(31);
    const seen = new Map<number, number>();
    for (let round = 0; round < 3000; round++) {
      const [frame, protocol] = headerStack(next);
      const ours = ourLoad(0x20, Ancillary.payloadOffset, frame, { protocol });
      const kernels = kernelLoad(0x20, Ancillary.payloadOffset, frame);
      expect(ours, Buffer.from(frame.subarray(0, 160)).toString('hex')).toBe(kernels);
      seen.set(kernels, (seen.get(kernels) ?? 0) + 1);
    }
    expect(seen.size).toBeGreaterThan(40);
    expect(seen.get(0) ?? 0).toBeLessThan(1500);
  });
});

/** A frame with IP, extension and transport headers in random order, and now and then cut short; and its EtherType. */
function headerStack(next: Entropy): [Uint8Array, number] {
  const types = [0x0800, 0x0800, 0x0800, 0x86dd, 0x86dd, 0x86dd, 0x0806, 0x8035, 0x1234];
  const protocol = types[next() % types.length];
  const frame = ethernet(protocol);
  for (let i = 14; i < 200; i++) frame[i] = next();
  let at = 14;
  let type = protocol;
  for (let depth = 0; depth < 3; depth++) {
    if (type === 0x0800) {
      const words = next() % 8 ? 5 + (next() % 11) : next() % 16;
      frame[at] = 0x40 | words;
      frame[at + 6] = [0, 0, 0, 0x40, 0x20, 0x01][next() % 6];
      frame[at + 7] = next() % 8 ? 0 : 5;
      frame[at + 9] = transport(next);
      type = frame[at + 9] === 4 ? 0x0800 : frame[at + 9] === 41 ? 0x86dd : 0;
      at += words * 4;
    } else if (type === 0x86dd) {
      frame[at] = 0x60;
      let field = at + 6;
      frame[field] = extension(next);
      at += 40;
      while ([0, 43, 60, 44].includes(frame[field])) {
        const fragment = frame[field] === 44;
        field = at;
        frame[field] = extension(next);
        frame[at + 1] = next() % 4;
        if (fragment) {
          frame[at + 2] = 0;
          frame[at + 3] = [0, 1, 8, 9][next() % 4];
          break;
        }
        at += (frame[at + 1] + 1) * 8;
        if (at > 600) frame[field] = 17;
      }
      type = frame[field] === 4 ? 0x0800 : frame[field] === 41 ? 0x86dd : 0;
    }
  }
  const length = next() % 4 === 0 ? 15 + (next() % 120) : FRAME_LENGTH;
  return [frame.subarray(0, length), protocol];
}

function transport(next: Entropy): number {
  return [1, 2, 4, 6, 6, 17, 33, 41, 58, 132, 136, 50, 89][next() % 13];
}

function extension(next: Entropy): number {
  return next() % 3 ? transport(next) : [0, 43, 44, 60][next() % 4];
}
