// needs: gcc
// bpfc as a command: the C preprocessor, standard input, and what is told when something is missing.

import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { root } from './lab.js';

const main = join(root, 'dist/commands/bpfc/main.js');
const arp = readFileSync(join(root, 'test/fixtures/bpf/arp.bpf'), 'utf8');
const capture = join(root, 'test/fixtures/veth-http.pcap');
let directory: string;

beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'quipu-bpfc-'));
});
afterAll(() => rmSync(directory, { recursive: true }));

function put(name: string, text: string): string {
  const path = join(directory, name);
  writeFileSync(path, text);
  return path;
}

function bpfc(words: readonly string[], input: string | Buffer = '', env: Record<string, string> = {}) {
  const options = { input, encoding: 'utf8', cwd: directory, env: { ...process.env, ...env } } as const;
  const { status, stdout, stderr } = spawnSync(process.execPath, [main, ...words], options);
  return { status, stdout, stderr };
}

const good = (stdout: string) => ({ status: 0, stdout, stderr: '' });

test('macros and includes, from a file and from stdin', () => {
  put('types.h', '#define ARP 0x806\n');
  const text = '#include "types.h"\nldh [12]\njne #ARP, drop\nret #KEEP\ndrop: ret #0\n';
  const path = put('macros.bpf', text);
  const numbers = '40 0 0 12\n21 0 1 2054\n6 0 0 64\n6 0 0 0\n';
  const before = readdirSync(directory);
  expect(bpfc(['-p', '-D', 'KEEP=64', '-f', 'tcpdump', path])).toEqual(good(numbers));
  expect(bpfc(['-DKEEP=64', '-f', 'tcpdump', 'macros.bpf'])).toEqual(good(numbers));
  expect(bpfc(['-p', '--define', 'KEEP=64', '-f', 'tcpdump', '-'], text)).toEqual(good(numbers));
  expect(readdirSync(directory)).toEqual(before);
});

test('faults behind the preprocessor are told where they were written', () => {
  put('body.h', '\nld #1\nfoo\n');
  const path = put('outer.bpf', '#define X nope\n#include "body.h"\nja X\nret a\n');
  const { status, stderr } = bpfc(['-p', path]);
  expect(status).toBe(2);
  expect(stderr.split('\n').filter((line) => /:\d+:\d+: /.test(line))).toEqual([
    `bpfc: ${join(directory, 'body.h')}:3:1: 'foo' is no instruction ("bpfc -d" lists them); a label ends with ':'`,
    `bpfc: ${path}:3:4: there is no label 'nope'; write it in front of the instruction to go to`,
  ]);
  expect(bpfc(['-p', '-'], 'ret a\nfoo\n').stderr).toContain('bpfc: stdin:2:1: ');
});

test('what cpp says is passed on, a failure as ours', () => {
  const path = put('failing.bpf', '#include "nowhere.h"\nret a\n');
  const failed = bpfc(['-p', path]);
  expect(failed).toMatchObject({ status: 2, stdout: '' });
  expect(failed.stderr).toMatch(
    /^bpfc: cpp failed on .*failing\.bpf, mend what it says:\nbpfc: .*failing\.bpf:1:.*nowhere\.h/,
  );
  const warned = bpfc(['-p', '-f', 'tcpdump', put('warned.bpf', "ret a ; don't\n")]);
  expect(warned).toMatchObject({ status: 0, stdout: '22 0 0 0\n' });
  expect(warned.stderr).toContain('warning');
});

test('an include without an end is stopped', () => {
  const { status, stderr } = bpfc(['-p', put('endless.bpf', '#include "/dev/zero"\n')]);
  expect(status).toBe(2);
  expect(stderr).toContain('cpp failed on ');
});

test('without cpp the package is named', () => {
  const { status, stderr } = bpfc(['-p', '-'], arp, { PATH: directory });
  expect(status).toBe(2);
  expect(stderr).toBe(
    'bpfc: cannot preprocess stdin: cpp is not installed (Debian: apt install cpp); or leave -p and -D away\n',
  );
});

test('program or capture from stdin, bytes that are no text', () => {
  expect(bpfc(['-', '--run', capture], arp)).toEqual(good('accepted 4 of 80 packets, 168 of 13543 bytes\n'));
  expect(bpfc(['-e', 'arp', '--run', '-'], readFileSync(capture))).toEqual(
    good('accepted 4 of 80 packets, 168 of 13543 bytes\n'),
  );
  const noise = bpfc(['-'], readFileSync(process.execPath).subarray(0, 100_000));
  expect(noise).toMatchObject({ status: 2, stdout: '' });
  expect(noise.stderr).toMatch(/^bpfc: stdin:1:\d+: /);
});

test('a reader that has seen enough ends it quietly', () => {
  const long = put('long.bpf', `${'neg\n'.repeat(4000)}ret a\n`);
  const script = `"${process.execPath}" "${main}" -V "${long}" | head -n 1; exit "\${PIPESTATUS[0]}"`;
  const { status, stdout, stderr } = spawnSync('bash', ['-c', script], { encoding: 'utf8' });
  expect({ status, stdout, stderr }).toEqual(good('Generated program:\n'));
});
