// needs: curl ping
// Hosts on every kind of link that leads out: a cable by AF_PACKET (where the kernel's TCP sends super-frames), TUN without
// hardware addresses, and a tunnel of UDP datagrams between two hosts.
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { writeContent } from './host-support.js';
import { Lab, resultOf, root } from './lab.js';
import { contentSum } from './tools/content.js';

const SIZE = 3_000_000;
const app = join(root, 'test/net/tools/serving-host.js');
let lab: Lab;

beforeEach(() => {
  lab = new Lab();
});
afterEach(() => lab.close());

/** Starts a host in a namespace, and answers when it serves. */
async function serve(namespace: string, link: object, mac: string, address: string): Promise<void> {
  const child = lab.start(namespace, [process.execPath, app, JSON.stringify(link), mac, address]);
  child.stderr?.pipe(process.stderr);
  if (!child.stdout) throw new Error('no pipe');
  const [line] = await once(createInterface({ input: child.stdout }), 'line');
  expect(line).toBe('ready');
}

/** Linux pings a host, fetches from it, and sends to it. */
function exercise(namespace: string, address: string): void {
  expect(lab.run(namespace, 'ping', '-c', '2', '-i', '0.2', '-s', '1400', address)).toContain(
    ' 0% packet loss',
  );
  const [down, up] = [join(lab.directory, 'down'), join(lab.directory, 'up')];
  lab.run(namespace, 'curl', '-sS', '-m', '30', '-o', down, `http://${address}/${SIZE}`);
  expect(lab.run(namespace, 'sha256sum', down).split(' ')[0]).toBe(contentSum(SIZE).split(' ')[1]);
  writeContent(up, SIZE);
  const sum = lab.run(namespace, 'curl', '-sS', '-m', '30', '-T', up, `http://${address}/`);
  expect(sum.trim()).toBe(contentSum(SIZE));
}

test('on a cable, by AF_PACKET', async () => {
  lab.host('linux', 'own');
  lab.cable('linux', 'v0', 'own', 'v1');
  lab.run('linux', 'ip', 'addr', 'add', '10.9.6.1/24', 'dev', 'v0');
  const link = { kind: 'af-packet', device: 'v1' };
  await serve('own', link, '02:00:00:00:00:61', '10.9.6.2/24');
  exercise('linux', '10.9.6.2');
});

test('on TUN: packets without a link header', async () => {
  lab.host('linux');
  await serve('linux', { kind: 'tun', device: 'tun6' }, '-', '10.9.6.2/24');
  lab.run('linux', 'ip', 'addr', 'add', '10.9.6.1/24', 'dev', 'tun6');
  exercise('linux', '10.9.6.2');
});

test('two hosts, over a tunnel of datagrams between two namespaces', async () => {
  lab.host('linux', 'own');
  lab.cable('linux', 'v0', 'own', 'v1');
  lab.run('linux', 'ip', 'addr', 'add', '10.9.6.1/24', 'dev', 'v0');
  lab.run('own', 'ip', 'addr', 'add', '10.9.6.2/24', 'dev', 'v1');
  const tunnel = (local: number, remote: number) => ({
    ...{ kind: 'udp', local: `10.9.6.${local}:7000`, remote: `10.9.6.${remote}:7000` },
  });
  await serve('own', tunnel(2, 1), '02:00:00:00:00:62', '10.9.7.2/24');
  const link = JSON.stringify(tunnel(1, 2));
  const client = [process.execPath, app, link, '02:00:00:00:00:61', '10.9.7.1/24', `http://10.9.7.2/${SIZE}`];
  const { stdout, stderr, code } = await resultOf(lab.start('linux', client));
  expect({ stdout: stdout.trim(), stderr, code }).toEqual({ stdout: contentSum(SIZE), stderr: '', code: 0 });
});
