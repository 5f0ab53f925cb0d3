// needs: ping
// Two hosts talk over devices that Quipu made: tagged ones on a carrier, with the addresses that they get by default, and
// TAP devices joined by a UDP tunnel (examples/tunnel.yaml).
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { Lab, root, type TestDaemon } from './lab.js';

const lab = new Lab();
const hosts = ['left', 'right'] as const;
const daemons: TestDaemon[] = [];

beforeAll(async () => {
  lab.host(...hosts);
  lab.cable('left', 'eth0', 'right', 'eth0');
  for (const [i, host] of hosts.entries()) {
    lab.run(host, 'ip', 'addr', 'add', `10.9.4.${i + 1}/24`, 'dev', 'eth0');
    daemons.push(await lab.daemon(host, '--link', 'eth0', '--bare'));
  }
});
afterAll(() => lab.close());

/** Gives both hosts an address on their device and sends 100 echoes across, large ones too. */
function talk(device: string, net: string, size: number): void {
  for (const [i, host] of hosts.entries())
    lab.run(host, 'ip', 'addr', 'add', `${net}.${i + 1}/24`, 'dev', device);
  const ping = ['ping', '-q', '-i', '0.005', '-W', '2', '-M', 'do'];
  expect(lab.run('left', ...ping, '-c', '80', `${net}.2`)).toContain(' 0% packet loss');
  expect(lab.run('right', ...ping, '-c', '20', '-s', `${size}`, `${net}.1`)).toContain(' 0% packet loss');
}

it('tagged devices on a carrier, frames as long as their MTU', async () => {
  for (const host of hosts) {
    const { code, stderr } = await lab.tool(host, 'vlink', ['ethernet', 'add', 'mydev0', 'eth0', '10']);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  }
  talk('mydev0', '10.9.5', 1498 - 28);
  const { counters, config } = await daemons[0].show('mydev0');
  expect(config.mac).toBe(lab.run('left', 'cat', '/sys/class/net/eth0/address').trim());
  expect(counters.received).toBeGreaterThanOrEqual(100);
  expect(counters.transmitted).toBeGreaterThanOrEqual(100);
});

it('a tunnel between two nodes', async () => {
  const example = readFileSync(join(root, 'examples/tunnel.yaml'), 'utf8');
  for (const [i, host] of hosts.entries()) {
    const [own, other] = [`10.9.4.${i + 1}:7000`, `10.9.4.${2 - i}:7000`];
    const file = join(lab.directory, `${host}.yaml`);
    writeFileSync(file, example.replace('127.0.0.1:7001', own).replace('127.0.0.1:7002', other));
    const { code, stderr } = await lab.tool(host, 'quipu', ['apply', file]);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  }
  talk('quipu0', '10.9.6', 1400);
  const blocks = await daemons[0].client.request<{ name: string }[]>({ op: 'list' });
  expect(blocks.map(({ name }) => name)).toEqual(['tap', 'tunnel']); // the file says all that there is to be
});

it('a link given to fbctl as JSON', async () => {
  const link = '{"kind": "tap", "device": "quipu1"}';
  const { code, stderr } = await lab.tool('left', 'fbctl', ['add', 'more', 'ethernet', `link=${link}`]);
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  expect(lab.run('left', 'ip', '-o', 'link', 'show', 'quipu1')).toContain('quipu1');
});
