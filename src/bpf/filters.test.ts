import fc from 'fast-check';
import { expect, describe as suite, test } from 'vitest';
import { tape, validProgram, xorshift } from '../testing/random-program.js';
import { acceptAll, dropAll, etherTypeFilter, sampleFilter, truncateTo, udpPortFilter } from './common.js';
import { type CompiledFilter, compileFilter, compileSource, inlineSource } from './compile.js';
import { filterHelpers } from './emit.js';
import type { FilterInput } from './input.js';
import { interpret } from './interpreter.js';
import { Ancillary, type Instruction, type Program } from './opcodes.js';
import { parseTuples } from './tuples.js';
import { validate } from './validate.js';

const META = {
  protocol: 0x0800,
  packetType: 3,
  interfaceIndex: 7,
  mark: 0xfeedbeef,
  queue: 9,
  hardwareType: 1,
  hash: 0x80000001,
  cpu: 5,
  vlanPresent: 1,
  vlanTag: 0x6123,
  vlanProtocol: 0x88a8,
};

/** Memory of all frames; what is compiled for it must not read another frame's. */
const MEMORY = new Uint8Array(8192);

/** Good until the next call. */
function input(bytes: ArrayLike<number>, changes: Partial<FilterInput> = {}): FilterInput {
  // Bytes before and behind the frame must never be read.
  MEMORY.fill(0xee, 0, bytes.length + 48);
  MEMORY.set(Array.from(bytes), 16);
  return { ...META, bytes: MEMORY, start: 16, length: bytes.length, ...changes };
}

interface Forms {
  readonly unbound: CompiledFilter;
  readonly bound: CompiledFilter;
  readonly inline: CompiledFilter | null;
}

const compiled = new WeakMap<Program, Forms>();

function formsOf(program: Program): Forms {
  let forms = compiled.get(program);
  if (forms === undefined) {
    forms = {
      unbound: compileFilter(program),
      bound: compileFilter(program, MEMORY),
      inline: inlined(program),
    };
    compiled.set(program, forms);
  }
  return forms;
}

function inlined(program: Program): CompiledFilter | null {
  const source = inlineSource(program);
  if (source === null) return null;
  const body = `let keep = 0xffffffff; accept: { refuse: { ${source} } return 0; } return keep;`;
  const make = new Function(
    ...Object.keys(filterHelpers),
    `'use strict'; return function (frame) { ${body} };`,
  );
  return make(...Object.values(filterHelpers)) as CompiledFilter;
}

/** Runs the interpreter and all that is compiled, which must agree. */
function run(program: Program, frame: FilterInput, random = () => 0x87654321): number {
  const result = interpret(program, frame, random);
  const { unbound, bound, inline } = formsOf(program);
  expect(unbound(frame, random)).toBe(result);
  expect(bound(frame, random)).toBe(result);
  // An inlined filter reads the frame's view.
  const viewed = { ...frame, view: new DataView(frame.bytes.buffer) };
  if (inline && frame.bytes === MEMORY) expect(inline(viewed, random)).toBe(result);
  return result;
}

/** Results of `lines` followed by `ret a` on the frame 0, 1, 2 … 63 with 0xf0 as its last byte. */
const FRAME = Uint8Array.from({ length: 64 }, (_, i) => (i === 63 ? 0xf0 : i));

const ld = (k: number) => `{ 0x00, 0, 0, ${k >>> 0} },`;
const ldx = (k: number) => `{ 0x01, 0, 0, ${k >>> 0} },`;
const abs = (size: number, k: number) => `{ ${0x20 | size}, 0, 0, ${k >>> 0} },`;
const ind = (size: number, k: number) => `{ ${0x40 | size}, 0, 0, ${k >>> 0} },`;
const alu = (code: number, k = 0) => `{ ${code}, 0, 0, ${k >>> 0} },`;
const W = 0;
const H = 8;
const B = 16;

const GOLDEN: ReadonlyArray<readonly [name: string, lines: string, result: number]> = [
  ['A begins as 0', '', 0],
  ['ld #k', ld(0xfffffff0), 0xfffffff0],
  ['ld [k]', abs(W, 1), 0x01020304],
  ['ldh [k]', abs(H, 2), 0x0203],
  ['ldb [k]', abs(B, 63), 0xf0],
  ['ld beyond the end ends with 0', ld(7) + abs(W, 61), 0],
  ['ldh just inside', abs(H, 62), 0x3ef0],
  ['ldb far beyond', ld(7) + abs(B, 0x7fffffff), 0],
  ['ldb with a sign bit and no meaning', ld(7) + abs(B, 0x80000000), 0],
  ['ld [x+k]', ldx(3) + ind(W, 2), 0x05060708],
  ['ld [x+k] wraps below x', ldx(10) + ind(B, -4), 6],
  ['ld [x+k] before the frame', ldx(3) + ld(7) + ind(B, -4), 0],
  ['ldh [x+k] at the very end', ldx(61) + ld(7) + ind(H, 2), 0],
  ['network header', abs(H, 0xfff00000), 0x0e0f],
  ['network header by x', ldx(0xfff00000) + ind(B, 2), 0x10],
  ['network header beyond the end', ld(7) + abs(B, 0xfff00000 + 50), 0],
  ['link header', abs(H, 0xffe00000 + 4), 0x0405],
  ['below the link header', ld(7) + abs(B, 0xffdfffff), 0],
  ['ldx 4*([k]&0xf)', '{ 0xb1, 0, 0, 0x3e }, { 0x87, 0, 0, 0 },', (62 & 15) * 4],
  ['ldx msh beyond the end', `${ld(7)}{ 0xb1, 0, 0, 64 },`, 0],
  ['ld #len', alu(0x80), 64],
  ['ldx #len, txa', alu(0x81) + alu(0x87), 64],
  ['tax, txa', ld(5) + alu(0x07) + ld(1) + alu(0x87), 5],
  ['st, ld M[k]', ld(-5) + alu(0x02, 15) + ld(0) + alu(0x60, 15), 0xfffffffb],
  ['stx, ldx M[k]', ldx(9) + alu(0x03, 0) + ldx(1) + alu(0x61, 0) + alu(0x87), 9],
  ['add wraps', ld(0xffffffff) + alu(0x04, 2), 1],
  ['add x', ld(3) + ldx(4) + alu(0x0c), 7],
  ['sub wraps', ld(1) + alu(0x14, 2), 0xffffffff],
  ['sub of a number with its sign bit set', ld(1) + alu(0x14, 0xffffffff), 2],
  ['sub x', ld(9) + ldx(4) + alu(0x1c), 5],
  ['mul wraps', ld(0x12345679) + alu(0x24, 0x9abcdef1), Number((0x12345679n * 0x9abcdef1n) & 0xffffffffn)],
  ['mul x', ld(0xffffffff) + ldx(0xffffffff) + alu(0x2c), 1],
  ['div is unsigned', ld(0xffffffff) + alu(0x34, 2), 0x7fffffff],
  ['div by 1 keeps the top bit', ld(0xfffffff1) + alu(0x34, 1), 0xfffffff1],
  ['div x', ld(0x80000000) + ldx(0xffffffff) + alu(0x3c), 0],
  ['div by x = 0 ends with 0', `${ld(9) + alu(0x3c)}{ 0x06, 0, 0, 5 },`, 0],
  ['mod is unsigned', ld(0xffffffff) + alu(0x94, 10), 5],
  ['mod x', ld(0x80000001) + ldx(0x80000000) + alu(0x9c), 1],
  ['mod by x = 0 ends with 0', `${ld(9) + alu(0x9c)}{ 0x06, 0, 0, 5 },`, 0],
  ['and', ld(0xf0f0f0f0) + alu(0x54, 0xff00ff00), 0xf000f000],
  ['and x', ld(12) + ldx(10) + alu(0x5c), 8],
  ['or', ld(0x80000000) + alu(0x44, 1), 0x80000001],
  ['or x', ld(12) + ldx(3) + alu(0x4c), 15],
  ['xor', ld(0xffffffff) + alu(0xa4, 0xff), 0xffffff00],
  ['xor x', ld(12) + ldx(10) + alu(0xac), 6],
  ['lsh', ld(3) + alu(0x64, 31), 0x80000000],
  ['lsh x takes five bits', ld(3) + ldx(33) + alu(0x6c), 6],
  ['rsh fills with 0', ld(0x80000000) + alu(0x74, 31), 1],
  ['rsh by 0 stays unsigned', ld(0x80000000) + alu(0x74, 0), 0x80000000],
  ['rsh x takes five bits', ld(8) + ldx(32) + alu(0x7c), 8],
  ['neg', ld(1) + alu(0x84), 0xffffffff],
  ['neg 0', alu(0x84), 0],
  ['#proto', abs(H, Ancillary.protocol), 0x0800],
  ['#proto by ldb is whole', abs(B, Ancillary.protocol), 0x0800],
  ['#type', abs(W, Ancillary.packetType), 3],
  ['#ifidx', abs(W, Ancillary.interfaceIndex), 7],
  ['#mark', abs(H, Ancillary.mark), 0xfeedbeef],
  ['#queue', abs(W, Ancillary.queue), 9],
  ['#hatype', abs(W, Ancillary.hardwareType), 1],
  ['#rxhash', abs(W, Ancillary.hash), 0x80000001],
  ['#cpu', abs(W, Ancillary.cpu), 5],
  ['#xor_x', ld(6) + ldx(3) + abs(W, Ancillary.xorX), 5],
  ['#vlan_tci', abs(W, Ancillary.vlanTag), 0x6123],
  ['#vlan_avail', abs(W, Ancillary.vlanPresent), 1],
  ['#vlan_tpid', abs(W, Ancillary.vlanProtocol), 0x88a8],
  ['#rand', abs(W, Ancillary.random), 0x87654321],
  ['ancillary does not come by x', ldx(4) + ld(7) + ind(W, Ancillary.protocol), 0],
];

suite('golden programs', () => {
  test.each(GOLDEN)('%s', (_name, lines, expected) => {
    expect(run(parseTuples(`${lines} { 0x16, 0, 0, 0 }`), input(FRAME))).toBe(expected);
  });

  // Each row: A, operand, results of jeq, jgt, jge, jset.
  test.each([
    [5, 5, 1, 0, 1, 1],
    [5, 4, 0, 1, 1, 1],
    [4, 5, 0, 0, 0, 1],
    [0x80000000, 1, 0, 1, 1, 0],
    [1, 0xffffffff, 0, 0, 0, 1],
    [0xffffffff, 0xffffffff, 1, 0, 1, 1],
    [0, 0, 1, 0, 1, 0],
  ])('comparing 0x%s with %s is unsigned', (a, b, ...expected) => {
    const results = (source: number) =>
      [0x15, 0x25, 0x35, 0x45].map((code) => {
        const text = `${ld(a)}${ldx(b)}{ ${code | source}, 1, 0, ${b} }, { 6, 0, 0, 0 }, { 6, 0, 0, 1 }`;
        return run(parseTuples(text), input(FRAME));
      });
    expect(results(0)).toEqual(expected);
    expect(results(8)).toEqual(expected);
  });

  test('the ready-made filters', () => {
    expect(run(acceptAll(), input(FRAME))).toBe(0xffffffff);
    expect(run(dropAll(), input(FRAME))).toBe(0);
    expect(run(truncateTo(20), input(FRAME))).toBe(20);
    expect(run(etherTypeFilter(0x0800), input(FRAME))).toBe(0xffffffff);
    expect(run(etherTypeFilter(0x0806), input(FRAME))).toBe(0);
    expect(run(sampleFilter(10), input(FRAME), () => 20)).toBe(0xffffffff);
    expect(run(sampleFilter(10), input(FRAME), () => 21)).toBe(0);
    const dns = new Uint8Array(60);
    dns.set([8, 0, 0x46, 0], 12);
    dns[23] = 17;
    dns.set([0, 53], 14 + 24 + 2);
    expect(run(udpPortFilter(53), input(dns))).toBe(0xffffffff);
    expect(run(udpPortFilter(54), input(dns))).toBe(0);
    dns[21] = 1; // a later fragment
    expect(run(udpPortFilter(53), input(dns))).toBe(0);
  });
});

suite('the two engines', () => {
  const shape = { length: 60, reach: 80, ancillary: Object.values(Ancillary), returns: 1 };

  test('give the same result on random programs and frames', () => {
    let kept = 0;
    fc.assert(
      fc.property(
        fc.array(fc.nat(0xffffffff), { minLength: 100, maxLength: 400, size: 'max' }),
        fc.uint8Array({ maxLength: 90, size: 'max' }),
        fc.constantFrom(1, 772, 65534),
        (numbers, bytes, hardwareType) => {
          const program = validProgram(tape(numbers), shape);
          if (run(program, input(bytes, { hardwareType })) !== 0) kept++;
        },
      ),
      { seed: 20261120, numRuns: 3000 },
    );
    expect(kept).toBeGreaterThan(600);
  });

  test('agree where only one of two paths has checked the length', () => {
    // ldb [0]; jeq #0: the path without a jump also loads [60], then both load [50].
    const text = '{0x30,0,0,0} {0x15,2,0,0} {0x30,0,0,60} {0x05,0,0,0} {0x30,0,0,50} {0x06,0,0,9}';
    for (const first of [0, 1]) {
      for (const [length, kept] of [
        [50, 0],
        [51, (1 - first) * 9],
        [60, (1 - first) * 9],
        [61, 9],
      ]) {
        expect(run(parseTuples(text), input([first, ...FRAME].slice(0, length)))).toBe(kept);
      }
    }
  });

  test('agree on a frame whose length lies: nothing is read outside the memory', () => {
    const bytes = new Uint8Array(8);
    const program = validProgram(xorshift(5), shape);
    expect(run(program, { ...META, bytes, start: 4, length: 4000 })).toBeTypeOf('number');
    expect(
      run(parseTuples('{ 0x20, 0, 0, 2000 }, { 0x16, 0, 0, 0 }'), { ...META, bytes, start: 4, length: 4000 }),
    ).toBe(0);
  });

  test('agree where one check of the length does for several loads', () => {
    // ldb [0]; jeq #0: one path loads [10] and [40], the other [20] and is then told to go by an index of 3.
    const text =
      '{0x30,0,0,0} {0x15,0,3,0} {0x30,0,0,10} {0x30,0,0,40} {0x06,0,0,9}' +
      '{0x30,0,0,20} {0x01,0,0,3} {0x50,0,0,20} {0x06,0,0,8}';
    const program = parseTuples(text);
    expect(compileSource(program)).toContain('if (n < 21) return 0;');
    for (const first of [0, 1]) {
      for (let length = 0; length < 50; length++) {
        const kept = first === 0 ? (length > 40 ? 9 : 0) : length > 23 ? 8 : 0;
        expect(run(program, input([first, ...FRAME].slice(0, length)))).toBe(kept);
      }
    }
  });

  test('agree on how many random numbers they draw, also for frames that are too short', () => {
    const program = parseTuples(
      `{0x30,0,0,0} {0x20,0,0,${Ancillary.random}} {0x30,0,0,9} {0x20,0,0,${Ancillary.random}} {0x16,0,0,0}`,
    );
    for (const length of [0, 1, 5, 10]) {
      const drawn = [interpret.bind(null, program), ...Object.values(formsOf(program))].map((filter) => {
        let calls = 0;
        filter?.(input(FRAME.subarray(0, length)), () => ++calls);
        return filter === null ? 'none' : calls;
      });
      const expected = length === 0 ? 0 : length < 10 ? 1 : 2;
      expect(drawn).toEqual([expected, expected, expected, 'none']);
    }
  });

  test('agree on a frame that lies in other memory than the filter was compiled for', () => {
    const program = udpPortFilter(53);
    const elsewhere = Uint8Array.from(input(new Uint8Array(60).fill(8)).bytes);
    expect(
      compileFilter(program, new Uint8Array(9))(
        { ...META, bytes: elsewhere, start: 16, length: 60 },
        () => 0,
      ),
    ).toBe(interpret(program, input(new Uint8Array(60).fill(8)), () => 0));
    const etherType = parseTuples('{0x28,0,0,12} {0x16,0,0,0}');
    const bound = compileFilter(etherType, MEMORY);
    const frame = { ...META, bytes: Uint8Array.from(FRAME), start: 1, length: 60 };
    expect([bound(frame, () => 0), bound(input(FRAME), () => 0)]).toEqual([0x0d0e, 0x0c0d]);
  });

  test('agree on the longest programs, whose jumps nest too deep for blocks', () => {
    for (let seed = 1; seed <= 4; seed++) {
      const program = validProgram(xorshift(seed), { ...shape, length: 1 });
      const next = xorshift(seed * 77);
      const long: Instruction[] = [];
      // A ladder: each rung compares a byte and skips a few rungs or not.
      while (long.length < 4084) {
        long.push({ code: 0x30, jt: 0, jf: 0, k: next() % 64 }, { code: 0x0c, jt: 0, jf: 0, k: 0 });
        long.push({ code: 0x07, jt: 0, jf: 0, k: 0 }, { code: 0x25, jt: next() % 3, jf: 3, k: next() });
      }
      for (let i = 0; i < 4; i++) long.push({ code: 0x04, jt: 0, jf: 0, k: i });
      long.push({ code: 0x16, jt: 0, jf: 0, k: 0 }, ...program);
      expect(long.length).toBeLessThanOrEqual(4096);
      expect(validate(long)).toBeNull();
      expect(compileSource(long)).toContain('switch (pc)');
      expect(run(long, input(FRAME))).toBeGreaterThan(0);
    }
  });

  test('random programs agree in both layouts', () => {
    const next = xorshift(99);
    let switches = 0;
    for (let i = 0; i < 60; i++) {
      const program = validProgram(next, { ...shape, length: 4096, returns: 200 });
      if (compileSource(program).includes('switch (pc)')) switches++;
      for (let j = 0; j < 5; j++)
        run(program, input(Uint8Array.from({ length: next() % 90 }, () => next() & 255)));
    }
    expect(switches).toBeGreaterThan(20);
  });
});

suite('generated source', () => {
  test('checks a header once, skips dead code and turns jumps to ret into returns', () => {
    expect(compileSource(udpPortFilter(53))).toMatchInlineSnapshot(`
      "const b = input.bytes;
      const s = input.start;
      const n = input.length;
      let A = 0, X = 0, o = 0;
      if (n < 24) return 0; A = b[s + 12] << 8 | b[s + 13];
      if (A !== 2048) return 0;
      A = b[s + 23] | 0;
      if (A !== 17) return 0;
      A = b[s + 20] << 8 | b[s + 21];
      if ((A & 8191) !== 0) return 0;
      X = (b[s + 14] & 15) << 2;
      o = X + 14; if (o > n - 2) return 0; o += s; A = b[o] << 8 | b[o + 1];
      if (A === 53) return 4294967295;
      o = X + 16; if (o > n - 2) return 0; o += s; A = b[o] << 8 | b[o + 1];
      if (A === 53) return 4294967295;
      return 0;"
    `);
  });

  test('is not inlined when it is long or draws random numbers', () => {
    expect(inlineSource(sampleFilter(3))).toBeNull();
    const ret = { code: 6, jt: 0, jf: 0, k: 1 };
    expect(inlineSource(new Array<Instruction>(301).fill(ret))).toBeNull();
    expect(inlineSource(new Array<Instruction>(300).fill(ret))).toContain('break accept');
  });

  test('is refused for programs that are not valid', () => {
    expect(() => compileFilter([])).toThrow(/empty/);
    expect(() => compileFilter(parseTuples('{ 0x05, 0, 0, 9 }, { 6, 0, 0, 0 }'))).toThrow(
      /^instruction 0: jumps over 9/,
    );
    const evil = { code: 0, jt: 0, jf: 0, k: '0;process.exit()' as unknown as number };
    expect(() => compileFilter([evil, { code: 6, jt: 0, jf: 0, k: 0 }])).toThrow(RangeError);
  });
});
