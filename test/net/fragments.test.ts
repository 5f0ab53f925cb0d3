// needs: ping
import { afterAll, beforeAll, expect, test } from 'vitest';
import { difference, dropsFor, Lab, resultOf, snmp, type TestDaemon, until } from './lab.js';

/**
 * Two Linux hosts with different MTUs; between them a node that puts every packet together and cuts it again:
 *
 *     a (MTU 700) ── left ─ whole1 ─ cut1 ─ right ── b (MTU 900)      and the same way back
 */
const lab = new Lab();
let node: TestDaemon;
const PINGS = 3;

beforeAll(async () => {
  lab.host('a', 'node', 'b');
  lab.cable('a', 'eth0', 'node', 'left');
  lab.cable('node', 'right', 'b', 'eth0');
  lab.run('a', 'ip', 'addr', 'add', '10.8.0.1/24', 'dev', 'eth0');
  lab.run('b', 'ip', 'addr', 'add', '10.8.0.2/24', 'dev', 'eth0');
  lab.run('a', 'ip', 'link', 'set', 'eth0', 'mtu', '700');
  lab.run('b', 'ip', 'link', 'set', 'eth0', 'mtu', '900');
  node = await lab.daemon('node', '--frame-size', '8192');
  const link = (name: string) =>
    ({
      do: 'add',
      name,
      type: 'ethernet',
      config: { link: name, promiscuous: true, exclusive: true },
    }) as const;
  const chain = (from: string, whole: string, cut: string, to: string) =>
    [
      { do: 'add', name: whole, type: 'ip-reassemble', config: { offset: 14 } },
      { do: 'add', name: cut, type: 'ip-fragment', config: { offset: 14, mtu: 400 } },
      { do: 'connect', from, port: 'ingress', to: whole },
      { do: 'connect', from: whole, port: 'ingress', to: cut },
      { do: 'connect', from: cut, port: 'ingress', to },
    ] as const;
  await node.change(
    link('left'),
    link('right'),
    ...chain('left', 'whole1', 'cut1', 'right'),
    ...chain('right', 'whole2', 'cut2', 'left'),
  );
});
afterAll(() => lab.close());

const reassembled = (host: string) => snmp(lab.run(host, 'cat', '/proc/net/snmp'), 'Ip', 'ReasmOKs');
const counters = async (name: string) => (await node.show(name)).counters;

test('ping -s 4000 through it: both hosts put our fragments together, we theirs', async () => {
  const command = ['ping', '-c', String(PINGS), '-i', '0.2', '-W', '20', '-s', '4000', '10.8.0.2'];
  const { stdout } = await resultOf(lab.start('a', command));
  expect(stdout).toContain(` ${PINGS} received`);
  expect(stdout).not.toContain('wrong data byte');
  expect([reassembled('a'), reassembled('b')]).toEqual([PINGS, PINGS]);
  // 4008 bytes of data: 6 fragments at MTU 700, 5 at 900, 11 at 400.
  expect(await counters('whole1')).toMatchObject({ fragments: 6 * PINGS, reassembled: PINGS });
  expect(await counters('whole2')).toMatchObject({ fragments: 5 * PINGS, reassembled: PINGS });
  expect(await counters('cut1')).toMatchObject({ fragmented: PINGS, fragments: 11 * PINGS });
  expect(await counters('cut2')).toMatchObject({ fragmented: PINGS, fragments: 11 * PINGS });
});

test('what must not be cut is dropped with its reason, and the account is right', async () => {
  const command = ['ping', '-c', '1', '-W', '1', '-M', 'do', '-s', '600', '10.8.0.2'];
  await resultOf(lab.start('a', command));
  const status = await until('the drop', async () => {
    const now = await node.status();
    return dropsFor(now, 'dont-fragment', 'cut1') > 0 ? now : undefined;
  });
  expect(dropsFor(status, 'dont-fragment', 'cut1')).toBe(1);
  expect(difference(await node.down())).toBe(0);
});
