import { expect, test } from 'vitest';
import { memoryEnd } from '../../links/memory/memory.js';
import { createHost, type QuipuHost } from './host.js';
import type { HostTunnel } from './tunnels.js';

const make = (more: Partial<HostTunnel>): QuipuHost =>
  createHost({
    ...{
      name: 'h',
      frames: { count: 16, bytes: 2048 },
      openLink: (_spec, context) => memoryEnd(context).link,
    },
    links: [
      {
        ...{ name: 'm', link: { kind: 'memory' }, mac: '02:00:00:00:00:01', addresses: ['10.0.0.1/24'] },
        ...{ ipv6: 'off', check: 'off' },
      },
    ],
    tunnels: [
      { name: 'home', local: '10.0.0.1', remote: '10.0.0.2', addresses: ['10.9.0.1/30'], ...more },
      { name: 'lab', local: '10.0.0.1', remote: '10.0.0.3', addresses: ['10.9.0.5/30'] },
    ],
  });

test('networks behind a tunnel are routed by it', async () => {
  const host = make({ routes: ['10.7.0.0/16', '2001:db8::/32'] });
  const { routes } = await host.request<{ routes: { to: string; interface: string }[] }>({ op: 'show' });
  const behind = (name: string) => routes.filter((one) => one.interface === name).map(({ to }) => to);
  expect(behind('home').sort()).toEqual(['10.7.0.0/16', '10.9.0.0/30', '2001:db8::/32']);
  expect(behind('lab')).toEqual(['10.9.0.4/30']);
  host.close();
});

test.each([
  ['a network with bits beyond its length', { routes: ['10.7.0.1/16'] }, 'write 10.7.0.0/16'],
  ['an address that the host has', { addresses: ['10.0.0.1/24'] }, 'm has it already'],
  ['the address of a group', { addresses: ['224.0.0.1/24'] }, 'the address of no single host'],
])('%s is refused', (_name, more, message) => {
  expect(() => make(more)).toThrow(message);
});
