import { arch } from 'node:os';
import { QuipuError } from '../contract/error.js';
import { Arena, highWord, type Region } from './arena.js';
import { Errno } from './errno.js';
import { errno, libc } from './libc.js';

/** Commands of bpf(2) (linux/bpf.h). */
export const BpfCommand = { mapCreate: 0, mapUpdate: 2, programLoad: 5, linkCreate: 28 } as const;

/** Room for the longest attribute that is used here; what a command does not know must be zero. */
const ATTRIBUTE_BYTES = 128;

/** Number of bpf(2) by architecture; the syscall tables differ. */
const callNumbers: Readonly<Record<string, number>> = { x64: 321, arm64: 280, riscv64: 280 };

/** Throws QuipuError no-support on a processor for which the number of bpf(2) is not known. */
export function checkBpf(what: string): void {
  if (callNumbers[arch()] === undefined) {
    throw new QuipuError('no-support', `${what}: not known how on ${arch()} processors`);
  }
}

/** Calls bpf(2) with these words as the attribute. Answers a descriptor or 0, or minus an error number. */
export function bpf(command: number, words: ArrayLike<number>): number {
  const attribute = new Uint32Array(ATTRIBUTE_BYTES / 4);
  attribute.set(words);
  const bytes = new Uint8Array(attribute.buffer);
  for (let tries = 1; ; tries++) {
    const answer = libc().syscall3(callNumbers[arch()], command, bytes, ATTRIBUTE_BYTES);
    const failed = answer < 0 ? errno() : 0;
    // The verifier gives up when a signal waits, that of a profiler for instance.
    if (failed !== Errno.EAGAIN || tries === 10) return failed === 0 ? answer : -failed;
  }
}

/** What is loaded: `type` as in linux/bpf.h, a name of at most 15 letters, at most 64 instructions of eight bytes each. */
export interface BpfProgram {
  readonly type: number;
  readonly name: string;
  readonly code: readonly (readonly number[])[];
  /** Where it will be attached, for the types that must know. */
  readonly attachType?: number;
}

// Made once per thread and kept: the attributes hold their addresses.
const arena = new Arena();
const instructions = arena.allocate(512);
const license = arena.allocate(16);
license.bytes.set(Buffer.from('Apache-2.0'));
const key = arena.allocate(8);
const value = arena.allocate(8);

/** Loads a program. Answers its descriptor, or minus an error number. */
export function loadProgram({ type, name, code, attachType = 0 }: BpfProgram): number {
  instructions.bytes.set(code.flat());
  const words = new Uint32Array(ATTRIBUTE_BYTES / 4);
  words[0] = type;
  words[1] = code.length;
  words.set(pointer(instructions), 2);
  words.set(pointer(license), 4);
  new Uint8Array(words.buffer).set(Buffer.from(name), 48);
  words[17] = attachType;
  return bpf(BpfCommand.programLoad, words);
}

/** Sets an entry of a map with keys and values of four bytes. Answers 0, or minus an error number. */
export function updateMap(mapFd: number, at: number, to: number): number {
  key.words[0] = at;
  value.words[0] = to;
  return bpf(BpfCommand.mapUpdate, [mapFd, 0, ...pointer(key), ...pointer(value)]);
}

/** The two words of an address. */
function pointer(region: Region): readonly [number, number] {
  return [region.address >>> 0, highWord(region.address)];
}
