// needs: tshark ping
// `quipu tap` and `quipu trace` on live traffic; the tap's file as tshark reads it.
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { etherTypeFilter } from '../../src/bpf/common.js';
import { formatTuples } from '../../src/bpf/tuples.js';
import type { TracedFrame } from '../../src/engine/trace.js';
import { Lab, type TestDaemon, until } from './lab.js';

const lab = new Lab();
let daemon: TestDaemon;

beforeAll(async () => {
  lab.host('host', 'peer');
  lab.cable('host', 'eth0', 'peer', 'eth0');
  lab.run('host', 'ip', 'addr', 'add', '10.9.3.1/24', 'dev', 'eth0');
  lab.run('peer', 'ip', 'addr', 'add', '10.9.3.2/24', 'dev', 'eth0');
  daemon = await lab.daemon('host', '--link', 'eth0');
  await until(
    'the graph',
    async () => (await daemon.client.request<unknown[]>({ op: 'list' })).length === 8 || undefined,
  );
  // Only ARP passes, so that every echo request is dropped at `ipv4`.
  await daemon.change({
    do: 'set',
    name: 'ipv4',
    options: { filter: formatTuples(etherTypeFilter(0x0806)) },
  });
});
afterAll(() => lab.close());

const echoes = (count: number) => lab.run('peer', 'ping', '-q', '-c', `${count}`, '-i', '0.01', '10.9.3.1');

it('taps a block: every frame that enters, and again with the reason those that end there', async () => {
  const file = join(lab.directory, 'ipv4.pcapng');
  const tapping = lab.tool('host', 'quipu', ['tap', 'ipv4', '-w', file, '-c', '20']);
  await until('20 tapped', async () => {
    echoes(2);
    return Promise.race([tapping, sleep(50, undefined)]);
  });
  const fields = [
    '-T',
    'fields',
    '-e',
    'ip.proto',
    '-e',
    'frame.comment',
    '-e',
    'frame.packet_flags_direction',
  ];
  const lines = lab
    .run('host', 'tshark', '-nr', file, ...fields)
    .trim()
    .split('\n');
  expect(lines.length).toBe(20);
  const echoed = lines.filter((line) => line.startsWith('1\t'));
  const dropped = echoed.filter((line) => line.includes('dropped by ipv4: filtered'));
  expect(dropped.length).toBe(echoed.length / 2);
  expect(echoed.every((line) => line.endsWith('0x00000001'))).toBe(true); // inbound
});

it('taps a port: only what leaves by it', async () => {
  const file = join(lab.directory, 'port.pcapng');
  const tapping = lab.tool('host', 'quipu', ['tap', 'ipv4:ingress', '-w', file, '-c', '2']);
  await until('2 tapped', async () => {
    lab.run('peer', 'ip', 'neigh', 'flush', 'dev', 'eth0');
    echoes(1);
    return Promise.race([tapping, sleep(50, undefined)]);
  });
  expect(lab.run('host', 'tshark', '-nr', file, '-Y', 'arp').trim().split('\n').length).toBe(2);
});

it('traces a frame through every block to all its ends', async () => {
  const filter = formatTuples(etherTypeFilter(0x0800));
  const tracing = lab.tool('host', 'quipu', ['trace', '-n', '1', '--filter', filter, '--json']);
  const { code, stdout } = await until('a frame traced', async () => {
    echoes(1);
    return Promise.race([tracing, sleep(50, undefined)]);
  });
  expect(code).toBe(0);
  const { steps, length } = JSON.parse(stdout.trim().split('\n')[0]) as TracedFrame;
  expect(length).toBe(98);
  expect(steps.map(({ branch, block, result }) => `${branch} ${block} ${result}`)).toEqual([
    '0 eth0 ingress',
    '0 tee ingress',
    '0 ipv4 dropped: filtered',
    '1 arp dropped: filtered',
  ]);
});

it('tells the headers of a frame field by field, and its bytes', async () => {
  const tapping = lab.tool('host', 'quipu', ['tap', 'ipv4', '-vx', '-c', '1', '--drops']);
  const { code, stdout } = await until('a frame printed', async () => {
    echoes(1);
    return Promise.race([tapping, sleep(50, undefined)]);
  });
  expect(code).toBe(0);
  expect(stdout).toMatch(
    /IPv4 10\.9\.3\.2 > 10\.9\.3\.1 ICMP echo-request id \d+ seq 1 len 64, 98 bytes; dropped by/,
  );
  expect(stdout).toMatch(/\nICMP \(bytes 34 to 41\)\n {2}type {15}8\n/);
  expect(stdout).toMatch(/\n {2}checksum {11}0x[0-9a-f]{4}, right\n/);
  expect(stdout).toMatch(/\n {2}0x0050 /);
  const both = await lab.tool('host', 'quipu', ['tap', 'ipv4', '-v', '-w', join(lab.directory, 'x.pcapng')]);
  expect([both.code, both.stderr]).toEqual([2, expect.stringContaining('-v and -x are for text')]);
});
