import { spawnSync } from 'node:child_process';
import { expect } from 'vitest';
import { describeProgram } from '../../../src/bpf/describe.js';
import { compileExpression } from '../../../src/bpf/expression.js';
import type { FilterInput } from '../../../src/bpf/input.js';
import { interpret } from '../../../src/bpf/interpreter.js';
import { type Program, statement } from '../../../src/bpf/opcodes.js';
import { BpfError, parseTuples } from '../../../src/bpf/tuples.js';

const NOTHING: Program = [statement(0x06, 0)];

/** What tcpdump makes of an expression for Ethernet frames; null where it refuses it. */
export function tcpdump(expression: string, ...options: string[]): Program | null {
  const { stdout } = spawnSync('tcpdump', ['-y', 'EN10MB', ...options, '-dd', '--', expression], {
    encoding: 'utf8',
    env: { ...process.env, PATH: `${process.env.PATH}:/usr/sbin:/sbin` },
  });
  return stdout.trim() === '' ? null : parseTuples(stdout);
}

/**
 * Both programs for an expression without a fault. Either may be refused as one that accepts no frame, which one
 * optimiser sees here and the other there: it counts as a program that accepts none.
 */
export function bothPrograms(expression: string): [ours: Program, theirs: Program] {
  return [oursOrNothing(expression), tcpdump(expression) ?? NOTHING];
}

function oursOrNothing(expression: string): Program {
  try {
    return compileExpression(expression);
  } catch (error) {
    if (error instanceof BpfError && error.message.includes('no frame can be so')) return NOTHING;
    throw error;
  }
}

/** A frame as a filter sees it that knows nothing but its bytes. */
export function input(bytes: Uint8Array): FilterInput {
  return {
    ...{ bytes, start: 0, length: bytes.length, protocol: 0, packetType: 0, interfaceIndex: 0 },
    ...{ mark: 0, queue: 0, hardwareType: 1, hash: 0, cpu: 0, vlanPresent: 0, vlanTag: 0, vlanProtocol: 0 },
  };
}

export function accepts(program: Program, frame: FilterInput): boolean {
  return interpret(program, frame, () => 0) !== 0;
}

/** Expects both programs to say the same of every frame; answers how many they accept. */
export function expectSame(
  expression: string,
  ours: Program,
  theirs: Program,
  frames: readonly Uint8Array[],
): number {
  let accepted = 0;
  for (const bytes of frames) {
    const frame = input(bytes);
    const result = accepts(ours, frame);
    if (result) accepted++;
    if (result === accepts(theirs, frame)) continue;
    const hex = Buffer.from(bytes).toString('hex');
    expect.fail(
      `${expression}: ours says ${result} of ${hex}\n${describeProgram(ours)}\n\n${describeProgram(theirs)}`,
    );
  }
  return accepted;
}
