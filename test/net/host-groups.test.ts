// needs: ip
import { execFileSync } from 'node:child_process';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { QuipuHost } from '../../src/api/host/host.js';
import { until } from './lab.js';
import { ip, Rig } from './links-support.js';

// A bridge of Linux that listens to IGMP and MLD: what it has understood of our reports.

let rig: Rig;
let host: QuipuHost;

beforeAll(() => {
  rig = new Rig({ v6: true });
  const querier = ['mcast_snooping', '1', 'mcast_querier', '1', 'mcast_query_use_ifaddr', '1'];
  const soon = ['mcast_startup_query_interval', '50', 'mcast_query_response_interval', '50'];
  ip('-n', rig.a, 'link', 'add', 'br0', 'type', 'bridge', ...querier, ...soon);
  ip('-n', rig.a, 'addr', 'add', '10.84.0.1/24', 'dev', 'br0');
  ip('-n', rig.a, 'addr', 'add', 'fe80::84/64', 'dev', 'br0', 'nodad');
  host = rig.open(rig.a, () => {
    const link = { name: 'q1', link: { kind: 'tap', device: 'q1' }, mac: '02:00:00:00:00:01' };
    return new QuipuHost({
      name: 'h1',
      links: [{ ...link, addresses: ['10.84.0.2/24', 'fd84::2/64'], check: 'off' }],
    });
  });
  ip('-n', rig.a, 'link', 'set', 'q1', 'master', 'br0', 'up');
  ip('-n', rig.a, 'link', 'set', 'br0', 'up');
});

afterAll(() => {
  host?.close();
  rig?.close();
});

/** Groups that the bridge sends to our port. */
function groups(): string[] {
  const text = execFileSync('bridge', ['-n', rig.a, 'mdb', 'show'], { encoding: 'utf8' });
  return [...text.matchAll(/port q1 grp (\S+)/g)].map(([, group]) => group);
}

const queries = () => Number(Reflect.get(host.engine.registry.find('h1.groups').block, 'queries'));

test('a bridge knows the groups that we have joined, and those that its queries have told it of', async () => {
  // The reports of the beginning may have come before the bridge did: its queries bring them again.
  await until('the solicited-node group', () => groups().includes('ff02::1:ff00:2') || undefined, 20_000);
  await until('queries', () => queries() > 0 || undefined, 20_000);
  const socket = host.udp('udp4');
  const socket6 = host.udp('udp6');
  for (const one of [socket, socket6]) {
    one.bind(0);
    await new Promise((bound) => one.once('listening', bound));
  }
  socket.addMembership('239.84.1.2');
  socket6.addMembership('ff05::84', '::%q1');
  await until('both groups', () => {
    const known = groups();
    return (known.includes('239.84.1.2') && known.includes('ff05::84')) || undefined;
  });
  socket.dropMembership('239.84.1.2');
  socket6.close();
  await until(
    'they have gone',
    () => {
      const known = groups();
      return (!known.includes('239.84.1.2') && !known.includes('ff05::84')) || undefined;
    },
    20_000,
  );
  expect(groups()).toContain('ff02::1:ff00:2');
  socket.close();
});
