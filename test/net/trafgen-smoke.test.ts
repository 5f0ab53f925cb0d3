// needs: root ip
// `trafgen --smoke-test`: it tells with which packet a host ceased to answer.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { Lab, resultOf, root, until } from './lab.js';

const main = join(root, 'dist/commands/trafgen/main.js');
let lab: Lab;

beforeAll(() => {
  lab = new Lab();
  lab.host('tester', 'victim');
  lab.cable('tester', 'va', 'victim', 'vb');
  for (const [host, device, number] of [
    ['tester', 'va', 1],
    ['victim', 'vb', 2],
  ] as const) {
    lab.run(host, 'sh', '-c', `echo 0 > /proc/sys/net/ipv6/conf/${device}/disable_ipv6`);
    lab.run(host, 'ip', 'address', 'add', `10.9.0.${number}/24`, 'dev', device);
    lab.run(host, 'ip', 'address', 'add', `fd00:9::${number}/64`, 'dev', device, 'nodad');
  }
});
afterAll(() => lab.close());

/** Whether the victim answers pings. */
function answer(yes: boolean): void {
  const value = yes ? 0 : 1;
  lab.run('victim', 'sh', '-c', `echo ${value} > /proc/sys/net/ipv4/icmp_echo_ignore_all`);
  lab.run('victim', 'sh', '-c', `echo ${value} > /proc/sys/net/ipv6/icmp/echo_ignore_all`);
}

function start(...words: string[]) {
  return lab.start('tester', [process.execPath, main, ...words]);
}

/** The frames of a hex dump. */
function framesOf(dump: string): string[] {
  const frames = dump.split('\n\n').slice(0, -1);
  return frames.map((lines) => lines.replace(/^[0-9a-f]{6} /gm, '').replaceAll('\n', ''));
}

const counting = '{ eth(type=0x88b5), 0xaa, dinc(0, 255), fill(0x41, 44) }';

test.each([
  '10.9.0.2',
  'fd00:9::2',
])('%s ceases to answer: the last packets are shown, as packets again', async (address) => {
  const before = lab.counter('victim', 'vb', 'rx_packets');
  const child = start('-o', 'va', counting, '--smoke-test', address);
  const ended = resultOf(child);
  await until('packets and pings arrive', () =>
    lab.counter('victim', 'vb', 'rx_packets') > before + 20 ? true : undefined,
  );
  answer(false);
  const { code, stdout, stderr } = await ended;
  answer(true);
  expect(code).toBe(1);
  const said =
    /^trafgen: (\S+) does not answer any more: 5 pings in 5 s after packet (\d+) \(seed \d+\)/.exec(stderr);
  expect(said?.[1]).toBe(address);
  const last = Number(said?.[2]);
  expect(last).toBeGreaterThan(4);
  expect(stdout.match(/^# packet \d+/gm)).toEqual([3, 2, 1, 0].map((back) => `# packet ${last - back}`));
  // What is printed is a configuration, of the very bytes that were sent.
  const again = lab.start('tester', [process.execPath, main, '-i', '-', '-o', '-']);
  again.stdin?.end(stdout);
  const shown = framesOf((await resultOf(again)).stdout);
  const all = framesOf((await resultOf(start('-o', '-', '-n', `${last}`, counting))).stdout);
  // A file has no address to put in as the source.
  const type = (frame: string) => frame.slice(3 * 12);
  expect(shown.map(type)).toEqual(all.slice(-4).map(type));
  expect(shown[3]).not.toBe(shown[2]);
});

test('a host that goes on answering: all is sent, with a ping for each', async () => {
  const { code, stdout } = await resultOf(
    start('-o', 'va', counting, '-s', '10.9.0.2', '-n', '50', '--json'),
  );
  expect(code).toBe(0);
  expect(JSON.parse(stdout)).toMatchObject({ target: '10.9.0.2', answers: true, frames: 50, bytes: 3000 });
});

test('a capture is sent once', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'quipu-smoke-'));
  try {
    const file = join(folder, 'in.pcap');
    await resultOf(start('-o', file, '-n', '3', counting));
    const { code, stdout } = await resultOf(start('-o', 'va', '-i', file, '-s', '10.9.0.2', '--json'));
    expect([code, JSON.parse(stdout)]).toMatchObject([0, { answers: true, frames: 3 }]);
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test('a host that never answers is sent nothing', async () => {
  const { code, stdout, stderr } = await resultOf(start('-o', 'va', counting, '-s', '10.9.0.77'));
  expect([code, stdout]).toEqual([1, '']);
  expect(stderr).toBe('trafgen: 10.9.0.77 does not answer pings: nothing was sent\n');
});

test('Ctrl-C ends it, also while it waits for an answer', async () => {
  const child = start('-o', 'va', counting, '-s', '10.9.0.77');
  const ended = resultOf(child);
  // It asks who has the address again and again: then it waits.
  const asked = () => lab.counter('victim', 'vb', 'rx_packets');
  const before = asked();
  await until('it looks for the host', () => (asked() > before ? true : undefined));
  child.kill('SIGINT');
  expect((await ended).code).toBe(130);
});
