// needs: tcpdump ping
// Appendix C.3 of the seed, typed in its order with vlink and fbctl; the counters against tcpdump on the same link.

import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { BlockRow, BlockView } from '../../src/control/views.js';
import { Lab, type TestDaemon, until } from './lab.js';

// What bpfc makes of the appendix's arp.bpf and ipv4.bpf: "ldh #proto" is an ancillary load.
const filter = (etherType: string) =>
  `{ 0x28, 0, 0, 0xfffff000 },\n{ 0x15, 0, 1, ${etherType} },\n{ 0x6, 0, 0, 0x000fffff },\n{ 0x6, 0, 0, 0x00000000 },\n`;

const lab = new Lab();
let daemon: TestDaemon;

beforeAll(async () => {
  lab.host('host', 'peer');
  lab.cable('host', 'eth0', 'peer', 'eth0');
  lab.run('host', 'ip', 'addr', 'add', '10.9.1.1/24', 'dev', 'eth0');
  lab.run('peer', 'ip', 'addr', 'add', '10.9.1.2/24', 'dev', 'eth0');
  daemon = await lab.daemon('host');
});
afterAll(() => lab.close());

/** Types one line; it must succeed and say nothing that was not asked for. */
async function type(line: string, input = ''): Promise<string> {
  const [tool, ...words] = line.split(' ');
  const result = await lab.tool('host', tool as 'fbctl' | 'vlink', words, input);
  expect(result, line).toMatchObject({ code: 0, stderr: '' });
  return result.stdout;
}

const list = async () => JSON.parse(await type('fbctl list --json')) as BlockRow[];
const counters = async (name: string) =>
  (JSON.parse(await type(`fbctl show ${name} --json`)) as BlockView).counters;
const rows = (table: BlockRow[]) =>
  table.map(({ name, idp, references, bound }) => [name, idp, references, bound]);

it('sets up, counts and takes down the stack of figure C.1', async () => {
  await type('vlink ethernet hook eth0');
  for (const block of ['fb2 tee', 'fb3 bpf', 'fb4 counter', 'fb5 bpf', 'fb6 counter'])
    await type(`fbctl add ${block}`);
  expect(rows(await list())).toEqual(
    ['eth0', 'fb2', 'fb3', 'fb4', 'fb5', 'fb6'].map((name, i) => [name, i + 1, 1, []]),
  );

  await type('fbctl set fb3 filter=-', filter('0x800'));
  await type('fbctl set fb5 filter=-', filter('0x806'));
  expect(daemon.log).toMatch(/\[fb3::bpf\] 1: c:0x15 jt:0 jf:1 k:0x800/);
  expect(daemon.log).toMatch(/\[fb5::bpf\] Filter injected!/);

  for (const pair of ['fb2 eth0', 'fb3 fb2', 'fb5 fb2', 'fb4 fb3', 'fb6 fb5'])
    await type(`fbctl bind ${pair}`);
  expect(rows(await list())).toEqual([
    ['eth0', 1, 4, [2]],
    ['fb2', 2, 10, [5, 3, 1]],
    ['fb3', 3, 7, [4, 2]],
    ['fb4', 4, 4, [3]],
    ['fb5', 5, 7, [6, 2]],
    ['fb6', 6, 4, [5]],
  ]);
  expect(await type('fbctl list')).toMatch(/fb2\s+tee\s+2\s+10\s+\[5 3 1\]/);
  for (const line of [
    '[fb2::tee] port egress bound to IDP1',
    '[fb2::tee] port ingress bound to IDP3',
    '[fb5::bpf] port ingress bound to IDP6',
  ]) {
    expect(daemon.log).toContain(line);
  }

  // Real traffic of two Linux stacks, counted by tcpdump on the same link.
  const capture = join(lab.directory, 'eth0.pcap');
  const tcpdump = lab.start('host', ['tcpdump', '-pni', 'eth0', '-Q', 'in', '-U', '-w', capture]);
  await new Promise<void>((resolve) =>
    tcpdump.stderr!.on('data', (text) => String(text).includes('listening') && resolve()),
  );
  const before = [await counters('fb4'), await counters('fb6')];
  lab.run('peer', 'ping', '-q', '-c', '100', '-i', '0.01', '10.9.1.1');
  for (let i = 0; i < 5; i++) {
    lab.run('peer', 'ip', 'neigh', 'flush', 'dev', 'eth0');
    lab.run('peer', 'ping', '-q', '-c', '3', '-i', '0.01', '10.9.1.1');
  }
  const tcpdumpCounts = (expression: string) =>
    Number(lab.run('host', 'sh', '-c', `tcpdump -nr ${capture} '${expression}' 2>/dev/null | wc -l`));
  const [ipv4, arp] = await until('tcpdump has written all', () => {
    const counts = [tcpdumpCounts('ip'), tcpdumpCounts('arp')];
    return counts[0] >= 115 ? counts : undefined;
  });
  tcpdump.kill('SIGINT');
  const after = [await counters('fb4'), await counters('fb6')];
  expect(arp).toBeGreaterThan(4);
  expect(after[0].packets - before[0].packets).toBe(ipv4);
  expect(after[1].packets - before[1].packets).toBe(arp);
  expect(after[1].bytes - before[1].bytes).toBe(arp * 42);

  for (const pair of ['fb6 fb5', 'fb4 fb3', 'fb5 fb2', 'fb3 fb2', 'fb2 eth0'])
    await type(`fbctl unbind ${pair}`);
  expect(rows(await list()).map((row) => row[3])).toEqual([[], [], [], [], [], []]);
  await type('vlink ethernet unhook eth0');
  for (const name of ['fb2', 'fb3', 'fb4', 'fb5', 'fb6']) await type(`fbctl rm ${name}`);
  expect(await list()).toEqual([]);
  const status = await daemon.down();
  expect(status.pool.free).toBe(status.pool.size);
});
