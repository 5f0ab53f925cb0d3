import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { run } from '../shared/run.js';
import { bpfc } from './program.js';

const capture = new URL('../../../test/fixtures/veth-http.pcap', import.meta.url).pathname;
const fixture = (name: string) => new URL(`../../../test/fixtures/bpf/${name}`, import.meta.url).pathname;
const ARP =
  '{ 0x28, 0, 0, 0x0000000c },\n{ 0x15, 0, 1, 0x00000806 },\n{ 0x6, 0, 0, 0xffffffff },\n{ 0x6, 0, 0, 0x00000000 },\n';

let directory: string;
let out = '';
let err = '';

beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'quipu-bpfc-'));
});
afterAll(() => rmSync(directory, { recursive: true }));

beforeEach(() => {
  out = err = '';
  vi.spyOn(process.stdout, 'write').mockImplementation((text) => {
    out += String(text);
    return true;
  });
  vi.spyOn(process.stderr, 'write').mockImplementation((text) => {
    err += String(text);
    return true;
  });
});
afterEach(() => {
  vi.restoreAllMocks();
  process.stdout.removeAllListeners('error');
  process.stderr.removeAllListeners('error');
  process.exitCode = undefined;
});

/** Answers the exit code. */
async function bpfcWith(...words: string[]): Promise<number> {
  out = err = '';
  process.exitCode = undefined;
  await run(bpfc(), words);
  return Number(process.exitCode ?? 0);
}

function put(name: string, text: string): string {
  const path = join(directory, name);
  writeFileSync(path, text);
  return path;
}

describe('assembles', () => {
  test.each([
    [['arp.bpf'], ARP],
    [['-i', 'arp.bpf'], ARP],
    [['-f', 'C', 'arp.bpf'], ARP],
    [['-f', 'xt_bpf', '-i', 'arp.bpf'], '4,40 0 0 12,21 0 1 2054,6 0 0 4294967295,6 0 0 0,'],
    [['arp.bpf', '--json'], /^\[\{"code":40,.*\}\]\n$/],
    [
      ['-Vi', 'arp.bpf'],
      /^Generated program:\n L0: ldh \[12\]\n(.*\n){3}Validating: is runnable!\nResult:\n\{ 0x28/,
    ],
    [['-bVi', 'arp.bpf'], /^Generated program:\n( L.*\n){4}Result:\n\{ 0x28/],
    [['-V', '--json', 'arp.bpf'], /^\[\{"code":40,/],
    [['--disassemble', 'arp.bpf'], /^ {8}ldh \[12\]\n/],
  ])('%j', async (words, expected) => {
    expect(await bpfcWith(...words.map((word) => word.replace('arp.bpf', fixture('arp.bpf'))))).toBe(0);
    if (typeof expected === 'string') expect(out).toBe(expected);
    else expect(out).toMatch(expected);
    expect(err).toBe('');
  });

  test('numbers in any format, and back into the language', async () => {
    for (const format of ['netsniff-ng', 'C', 'xt_bpf', 'tcpdump', 'json']) {
      expect(await bpfcWith('-f', format, fixture('dns.bpf'))).toBe(0);
      const numbers = put('numbers', out);
      expect(await bpfcWith('--disassemble', numbers)).toBe(0);
      const language = put('language', out);
      expect(out).toContain('L12:    ldb [20]\n');
      expect(await bpfcWith('-f', format, language)).toBe(0);
      expect(out).toBe(readFileSync(numbers, 'utf8'));
    }
  });

  test('expressions', async () => {
    expect(await bpfcWith('-e', 'arp', '-f', 'tcpdump')).toBe(0);
    expect(out).toBe('40 0 0 12\n21 0 1 2054\n6 0 0 4294967295\n6 0 0 0\n');
    expect(await bpfcWith('-e', 'arp', '--snaplen', '96', '--disassemble')).toBe(0);
    expect(out).toContain('ret #0x60\n');
  });
});

describe('counts what a program accepts', () => {
  test('of a capture', async () => {
    expect(await bpfcWith(fixture('arp.bpf'), '--run', capture)).toBe(0);
    expect(out).toBe('accepted 4 of 80 packets, 168 of 13543 bytes\n');
    expect(await bpfcWith('-e', 'arp', '--snaplen', '10', '--run', capture, '--json')).toBe(0);
    expect(JSON.parse(out)).toEqual({
      capture,
      packets: 80,
      accepted: 4,
      bytes: 13543,
      acceptedBytes: 40,
      cut: 0,
      malformed: 0,
      returns: [
        { value: 0, packets: 76 },
        { value: 10, packets: 4 },
      ],
    });
  });

  test('with the values that it returns, if there are several', async () => {
    const path = put(
      'sizes',
      'ldh proto\njeq #0x806, L\nld type\njeq #0, B\nret #0\nB: ret #60\nL: ret #20\n',
    );
    expect(await bpfcWith(path, '--run', capture)).toBe(0);
    expect(out).toMatch(/^accepted \d+ of 80 packets, \d+ of 13543 bytes\nRETURNS {2}PACKETS\n/);
    expect(out).toMatch(/\n {5}20 {8}4\n/);
  });

  test('though never one that may not run', async () => {
    expect(await bpfcWith('-b', put('bad', 'ld #1\n'), '--run', capture)).toBe(2);
    expect(out).toBe('');
  });

  test('and tells of a capture that ends too early, or is none', async () => {
    const half = join(directory, 'half.pcap');
    writeFileSync(half, readFileSync(capture).subarray(0, 1000));
    expect(await bpfcWith('-e', 'arp', '--run', half)).toBe(2);
    expect(err).toMatch(/half\.pcap: .* packets were read before\n/);
    expect(await bpfcWith('-e', 'arp', '--run', fixture('arp.bpf'))).toBe(2);
    expect(err).toContain('arp.bpf: ');
    expect(await bpfcWith('-e', 'arp', '--run', join(directory, 'none'))).toBe(2);
    expect(err).toMatch(/cannot read .*none: there is no such file/);
  });
});

describe('refuses, with exit code 2', () => {
  test.each<[string[], string]>([
    [[], "give a file, - for stdin, or -e 'udp port 53'"],
    [['a', '-i', 'b'], 'give one program, not 2 (a, b)'],
    [['a', '-e', 'arp'], 'give one program, not 2 (a, arp)'],
    [['a', 'b'], 'too many arguments'],
    [['-f', 'c', 'a'], 'Allowed choices are netsniff-ng, C, xt_bpf, tcpdump, json'],
    [['-f'], 'argument missing'],
    [['--snaplen', '0', '-e', 'arp'], 'Use a number of bytes, 1 to 4294967295'],
    [['-e', 'arp', '--disassemble', '--run', 'a'], 'give --disassemble or --run, not both'],
    [['--snaplen', '9', 'a'], '--snaplen needs -e'],
    [['-', '--run', '-'], 'program and capture cannot both come from stdin'],
    [['--nope'], "unknown option '--nope'"],
    [['/no/such/a'], 'cannot read /no/such/a: there is no such file'],
    [['/tmp'], 'cannot read /tmp: it is a folder'],
    [['-e', 'prot 5'], "-e:1:1: 'prot' is no word of the filter language"],
  ])('%j', async (words, message) => {
    expect(await bpfcWith(...words)).toBe(2);
    expect(err).toContain(message);
    expect(out).toBe('');
  });

  test('faults of a file, all with place, line and mark', async () => {
    const path = put('faulty', 'ldh [12]\n\tjeq #0x806, keep, nope\nkeep:\tret 5\n');
    expect(await bpfcWith(path)).toBe(2);
    const lines = [
      `${path}:2:20: there is no label 'nope'; write it in front of the instruction to go to`,
      '\tjeq #0x806, keep, nope',
      '\t                  ^~~~',
      `${path}:3:11: ret takes #k, a or x, not k`,
      'keep:\tret 5',
      '     \t    ^',
    ];
    expect(err).toBe(lines.map((line) => `bpfc: ${line}\n`).join(''));
    expect(await bpfcWith('--json', path)).toBe(2);
    expect(JSON.parse(err).error).toMatchObject({ code: 'bad-request', message: lines.join('\n') });
  });

  test('what the kernel would refuse, where it is written', async () => {
    const path = put('refused', 'ld #1\nlsh #32 ; far\nret a\n');
    expect(await bpfcWith(path)).toBe(2);
    expect(err).toContain(`${path}:2:1: the kernel refuses this: shifts by 32; use 0 to 31`);
    expect(await bpfcWith('-V', path)).toBe(2);
    expect(out).toMatch(/^Generated program:\n( L.*\n){3}Validating: is not runnable!\n$/);
    expect(await bpfcWith('-b', path)).toBe(0);
    const numbers = put('numbers', '2,100 0 0 32,22 0 0 0,');
    expect(await bpfcWith(numbers)).toBe(2);
    expect(err).toContain(`${numbers}, instruction 0: the kernel refuses this: shifts by 32`);
  });

  test('faults in numbers', async () => {
    const path = put('numbers', '2\n6 0 0 1\n6 0 0\n');
    expect(await bpfcWith(path)).toBe(2);
    expect(err).toContain(
      `${path}:3:1: instruction 1 has 3 numbers; it has four: code jt jf k\nbpfc: 6 0 0\n`,
    );
  });
});

test('lists the language, prints its version, and says what it can', async () => {
  expect(await bpfcWith('-d')).toBe(0);
  expect(out).toMatch(/^ldxb +4\*\(\[k\]&0xf\) /m);
  expect(out).toMatch(/^#vlanp #vlan_avail #vlan_pr +\[-4048\] /m);
  expect(await bpfcWith('-v')).toBe(0);
  expect(out).toMatch(/^bpfc \d+\.\d+\.\d+\n$/);
  expect(await bpfcWith('--help')).toBe(0);
  expect(out).toMatch(/\nExamples:\n {2}bpfc arp\.bpf /);
});

test('every option is in the README', () => {
  const readme = readFileSync(new URL('./README.md', import.meta.url), 'utf8');
  const options = bpfc().options.filter(({ hidden, long }) => !hidden && long !== '--version');
  expect(options.length).toBeGreaterThan(10);
  for (const { long, short } of options) expect(readme).toContain(`\`${long ?? short}\``);
});

test('can be run by its name', () => {
  const main = readFileSync(new URL('./main.ts', import.meta.url), 'utf8');
  expect(main.split('\n')[0]).toBe('#!/usr/bin/env node');
});
