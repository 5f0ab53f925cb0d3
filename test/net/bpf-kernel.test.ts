import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { compileFilter } from '../../src/bpf/compile.js';
import { describeProgram } from '../../src/bpf/describe.js';
import type { FilterInput } from '../../src/bpf/input.js';
import { interpret } from '../../src/bpf/interpreter.js';
import { Ancillary, type Instruction, type Program, statement } from '../../src/bpf/opcodes.js';
import { type ValidityRule, validate } from '../../src/bpf/validate.js';
import {
  brokenProgram,
  offendingProgram,
  roughProgram,
  validProgram,
  xorshift,
} from '../../src/testing/random-program.js';
import { attachFilter, close, datagramPair, receivedLength, sendTo } from './fixtures-bpf/kernel.js';

/** How often each rule is broken at least; all rules but `number-range`, which the kernel cannot be shown broken. */
const RULES: Readonly<Record<Exclude<ValidityRule, 'number-range'>, number>> = {
  ...{ length: 200, code: 200, 'ancillary-offset': 200, 'memory-slot': 200, 'division-by-0': 200 },
  ...{ 'shift-width': 200, 'jump-range': 200, 'last-ret': 200, 'unwritten-slot': 200 },
};

// The kernel as oracle: a socket filter on one end of a datagram pair. Needs no privilege and no network.

const RET = statement(0x06, 0xffffffff);
/** Folds A to eight bits, so that a delivered length tells more of it. */
const FOLD: Program = [
  statement(0x07),
  statement(0x74, 16),
  statement(0xac),
  statement(0x07),
  statement(0x74, 8),
  statement(0xac),
  statement(0x54, 0xff),
  statement(0x16),
];

let sender = -1;
let receiver = -1;
beforeAll(() => {
  [sender, receiver] = datagramPair();
});
afterAll(() => {
  close(sender);
  close(receiver);
});

function expectSameVerdict(program: Program): boolean {
  const accepted = attachFilter(receiver, program);
  const fault = validate(program);
  expect(fault === null, `${describeProgram(program)}\nkernel: ${accepted}, ours: ${fault?.message}`).toBe(
    accepted,
  );
  return accepted;
}

/** Lengths that kernel, interpreter and compiled code let through; the filter must be attached. */
function expectSameResult(program: Program, payload: Uint8Array): number {
  sendTo(sender, payload);
  const delivered = receivedLength(receiver);
  const input = unixInput(payload);
  const kept = Math.min(interpret(program, input, zero), payload.length);
  expect(kept, `${describeProgram(program)}\non ${Buffer.from(payload).toString('hex')}`).toBe(delivered);
  expect(Math.min(compileFilter(program)(input, zero), payload.length)).toBe(delivered);
  expect(Math.min(compileFilter(program, payload)(input, zero), payload.length)).toBe(delivered);
  return delivered;
}

const zero = () => 0;

/** As the kernel sees a datagram of a Unix socket: no device, the network header at its first byte. */
function unixInput(payload: Uint8Array): FilterInput {
  return {
    ...{ bytes: payload, start: 0, length: payload.length, protocol: 0, packetType: 0, interfaceIndex: 0 },
    ...{ mark: 0, queue: 0, hardwareType: 0, hash: 0, cpu: 0, vlanPresent: 0, vlanTag: 0, vlanProtocol: 0 },
  };
}

describe('the kernel accepts what the validator accepts', () => {
  test('every code', () => {
    let accepted = 0;
    for (let code = 0; code < 0x10000; code += code < 0x400 ? 1 : 251) {
      const program = [statement(0x02, 1), { code, jt: 0, jf: 1, k: 1 }, RET, RET, RET];
      if (expectSameVerdict(program)) accepted++;
      expectSameVerdict([{ code, jt: 0, jf: 0, k: 0 }]);
      expectSameVerdict([RET, { code, jt: 0, jf: 0, k: 0 }]);
    }
    expect(accepted).toBe(49);
  });

  test('every offset around the ancillary ones, in every kind of load', () => {
    const bases = [0, 0x7ffffff0, 0xffe00000, 0xfff00000, 0xfffff000, 0xffffff80];
    for (const base of bases) {
      for (let k = Math.max(0, base - 20); k <= Math.min(base + 140, 0xffffffff); k++) {
        for (const code of [0x20, 0x28, 0x30, 0x40, 0x48, 0x50, 0xb1, 0x00, 0x80, 0x81]) {
          expectSameVerdict([statement(code, k), RET]);
        }
      }
    }
  });

  test('programs as long as they may be and longer', () => {
    for (const length of [1, 4095, 4096, 4097]) {
      const program = new Array<Instruction>(length).fill(RET);
      expectSameVerdict(program);
      expectSameVerdict([statement(0x05, length - 2), ...program.slice(1)]);
    }
    expectSameVerdict([]);
  });

  test('10000 random programs: valid, rough, slightly broken ones, and such as break one rule', () => {
    const next = xorshift(20261120);
    const shape = { length: 40, reach: 100, ancillary: Object.values(Ancillary), returns: 4 };
    const verdicts = new Map<string, number>();
    const compare = (program: Program): void => {
      const verdict = expectSameVerdict(program) ? 'accepted' : (validate(program)?.rule ?? '');
      verdicts.set(verdict, (verdicts.get(verdict) ?? 0) + 1);
    };
    for (let round = 0; round < 2500; round++) {
      const valid = validProgram(next, shape);
      compare(valid);
      compare(roughProgram(next, { ...shape, length: 12 }));
      compare(brokenProgram(next, valid));
      compare(offendingProgram(next, valid));
    }
    const count = (verdict: string) => verdicts.get(verdict) ?? 0;
    for (const [rule, least] of Object.entries(RULES)) expect(count(rule), rule).toBeGreaterThan(least);
    expect(count('accepted')).toBeGreaterThan(3000);
    const refused = Object.keys(RULES).reduce((sum, rule) => sum + count(rule), 0);
    expect(count('accepted') + refused).toBe(10_000);
  });
});

describe('the kernel computes what the interpreter and the compiled code compute', () => {
  test('4000 random programs, four payloads each', () => {
    const next = xorshift(4711);
    const shape = { length: 40, reach: 200, ancillary: [Ancillary.xorX], returns: 4 };
    let delivered = 0;
    for (let round = 0; round < 4000; round++) {
      const program = [...validProgram(next, shape).slice(0, -1), ...FOLD];
      expect(attachFilter(receiver, program)).toBe(true);
      for (let i = 0; i < 4; i++) {
        const payload = Uint8Array.from({ length: 1 + (next() % 300) }, () => next());
        if (expectSameResult(program, payload) > 0) delivered++;
      }
    }
    expect(delivered).toBeGreaterThan(4000);
  });

  test('every constant shift and arithmetic on the edges, also by X', () => {
    const edges = [
      0, 1, 2, 31, 32, 33, 63, 64, 255, 0x7fffffff, 0x80000000, 0x80000001, 0xfffffffe, 0xffffffff,
    ];
    const payload = new Uint8Array(256);
    for (let operation = 0; operation <= 0xa0; operation += 0x10) {
      for (const a of edges) {
        for (const b of edges) {
          for (const source of [0, 8]) {
            if (operation === 0x80 && source === 8) continue;
            const program = [
              statement(0x00, a),
              statement(0x01, b),
              statement(0x04 | operation | source, b),
              ...FOLD,
            ];
            if (expectSameVerdict(program)) expectSameResult(program, payload);
          }
        }
      }
    }
  });

  test('every comparison on the edges', () => {
    const edges = [0, 1, 2, 0x7fffffff, 0x80000000, 0xffffffff];
    const payload = new Uint8Array(9);
    for (const code of [0x15, 0x1d, 0x25, 0x2d, 0x35, 0x3d, 0x45, 0x4d]) {
      for (const a of edges) {
        for (const b of edges) {
          const jump = { code, jt: 1, jf: 0, k: b };
          const program = [
            statement(0x00, a),
            statement(0x01, b),
            jump,
            statement(0x06, 3),
            statement(0x06, 7),
          ];
          expect(attachFilter(receiver, program)).toBe(true);
          expect([3, 7]).toContain(expectSameResult(program, payload));
        }
      }
    }
  });

  test('netlink attributes, plain and nested, at any offset and with wrong lengths', () => {
    const next = xorshift(12);
    const found = new Map<number, number>();
    for (let round = 0; round < 3000; round++) {
      const payload = new Uint8Array(4 + (next() % 200));
      const view = new DataView(payload.buffer);
      const nested = next() % 2 === 1;
      // Attributes one after the other from offset 8 on, or from 12 inside one at 8; some with wild lengths.
      for (let at = 8; at + 4 <= payload.length; ) {
        const isContainer = nested && at === 8;
        const length = isContainer ? next() % (payload.length + 8) : 4 + (next() % 30);
        view.setUint16(at, next() % 16 === 0 ? next() : length, true);
        view.setUint16(at + 2, (next() % 4) | (next() % 4 === 0 ? 0xc000 : 0), true);
        at += isContainer ? 4 : (length + 3) & ~3;
      }
      const from = next() % 10 === 0 ? next() : 8 + 4 * (next() % 8 === 0 ? 1 : 0);
      const k = nested ? Ancillary.nestedNetlinkAttribute : Ancillary.netlinkAttribute;
      const type = next() % 10 === 0 ? next() : next() % 4;
      const program = [statement(0x00, from), statement(0x01, type), statement(0x20, k), statement(0x16)];
      expect(attachFilter(receiver, program)).toBe(true);
      if (expectSameResult(program, payload) > 0) found.set(k, (found.get(k) ?? 0) + 1);
    }
    expect(found.get(Ancillary.netlinkAttribute)).toBeGreaterThan(300);
    expect(found.get(Ancillary.nestedNetlinkAttribute)).toBeGreaterThan(150);
  });
});
