// needs: ping
// Three hosts on a quipu bridge, its links exclusive, so that nothing but the bridge joins them: echoes between all of
// them, and a TCP transfer whose bytes are compared.
import { createHash } from 'node:crypto';
import { createInterface } from 'node:readline';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { ActionInput } from '../../src/control/actions.js';
import { difference, dropsFor, Lab, resultOf, type TestDaemon, until } from './lab.js';

const lab = new Lab();
const hosts = ['a', 'b', 'c'] as const;
const MEGABYTES = 16;
let daemon: TestDaemon;

beforeAll(async () => {
  lab.host(...hosts, 'bridge');
  const actions: ActionInput[] = [{ do: 'add', name: 'lan', type: 'bridge' }];
  for (const [i, host] of hosts.entries()) {
    lab.cable(host, 'eth0', 'bridge', `p${i}`);
    lab.run(host, 'ip', 'addr', 'add', `10.9.7.${i + 1}/24`, 'dev', 'eth0');
    const config = { link: `p${i}`, promiscuous: true, exclusive: true };
    actions.push({ do: 'add', name: `p${i}`, type: 'ethernet', config });
    actions.push({ do: 'connect', from: `p${i}`, port: 'ingress', to: 'lan' });
    actions.push({ do: 'connect', from: 'lan', port: `egress${i}`, to: `p${i}` });
  }
  daemon = await lab.daemon('bridge');
  await daemon.change(...actions);
});
afterAll(() => lab.close());

it('every host reaches every other, with frames as long as the MTU', async () => {
  for (const host of hosts) {
    for (const [i, other] of hosts.entries()) {
      if (other === host) continue;
      const ping = [
        'ping',
        '-q',
        '-c',
        '20',
        '-i',
        '0.01',
        '-W',
        '5',
        '-M',
        'do',
        '-s',
        '1472',
        `10.9.7.${i + 1}`,
      ];
      expect(lab.run(host, ...ping)).toContain(' 0% packet loss');
    }
  }
  const { counters } = await daemon.show('lan');
  expect(counters.learned).toBe(3);
  expect(counters.unlearned).toBe(0);
  // What was flooded is ARP's requests: every echo and every answer went one way.
  expect(counters.forwarded).toBeGreaterThanOrEqual(6 * 40);
  expect(counters.flooded).toBeLessThan(60);
});

const server = `const bytes = Buffer.alloc(${MEGABYTES} << 20, (() => { let n = 1; const p = Buffer.alloc(65537);
for (let i = 0; i < p.length; i++) { n = (Math.imul(n, 1103515245) + 12345) >>> 0; p[i] = n >>> 16; } return p; })());
console.log('hash ' + require('crypto').createHash('sha256').update(bytes).digest('hex'));
require('net').createServer((s) => { s.on('error', () => {}); s.end(bytes); }).listen(7070, () => console.log('ready'));`;

const client = (address: string) => `const hash = require('crypto').createHash('sha256');
const s = require('net').connect(7070, '${address}', () => {});
s.on('data', (data) => hash.update(data)); s.on('end', () => console.log(hash.digest('hex')));`;

it('a TCP transfer arrives as it was sent, and the third host gets nothing of it', async () => {
  const serving = lab.start('a', [process.execPath, '-e', server]);
  const lines: string[] = [];
  createInterface({ input: serving.stdout! }).on('line', (line) => lines.push(line));
  await until('the server listens', () => (lines.includes('ready') ? true : undefined), 30_000);
  const before = lab.counter('c', 'eth0', 'rx_bytes');
  const { code, stdout, stderr } = await resultOf(
    lab.start('b', [process.execPath, '-e', client('10.9.7.1')]),
  );
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  expect(lines[0]).toBe(`hash ${stdout.trim()}`);
  expect(stdout.trim()).not.toBe(createHash('sha256').digest('hex'));
  expect(lab.counter('c', 'eth0', 'rx_bytes') - before).toBeLessThan(100_000);
});

it('the kernel of the bridge’s host has seen none of it, and every frame is accounted for', async () => {
  const snmp = lab.run('bridge', 'cat', '/proc/net/snmp').split('\n');
  const [names, values] = snmp.filter((line) => line.startsWith('Ip:')).map((line) => line.split(' '));
  expect(values[names.indexOf('InReceives')]).toBe('0');
  const status = await daemon.status();
  expect(dropsFor(status, 'unknown-port')).toBe(0);
  expect(difference(await daemon.down())).toBe(0);
});
