import { expect, test } from 'vitest';
import { hostsText, hostText, statisticsText } from './host-text.js';

test('a host, with all that it has', () => {
  const text = hostText({
    ...{ name: 'h1', forwarding: false },
    interfaces: [
      {
        ...{ name: 'tap0', index: 1, mac: '02:00:00:00:00:01', mtu: 1500 },
        addresses: [
          { address: '10.0.0.2', bits: 24, state: 'preferred' },
          { address: 'fe80::1', bits: 64, state: 'tentative' },
        ],
      },
    ],
    routes: [{ to: 'default', family: 6, via: 'fe80::9', interface: 'tap0', metric: 5, learned: true }],
    neighbours: [{ interface: 'tap0', address: 'fe80::9', mac: null, state: 'incomplete', isRouter: true }],
  });
  expect(text).toBe(`\
host h1

INTERFACE  MAC                 MTU  ADDRESSES
tap0       02:00:00:00:00:01  1500  10.0.0.2/24 fe80::1/64 (tentative)

ROUTE           VIA      INTERFACE  METRIC
default (IPv6)  fe80::9  tap0            5  learned

NEIGHBOUR  INTERFACE  MAC  STATE
fe80::9    tap0       -    incomplete  router
`);
});

test('hosts of a daemon, and what a host counted', () => {
  const row = {
    name: 'h1',
    socket: '/run/h1.sock',
    links: ['tap0'],
    addresses: ['10.0.0.2/24'],
    uptimeSeconds: 61.7,
  };
  expect(hostsText([row]).split('\n')[1]).toBe('h1    tap0   10.0.0.2/24  1 min 1 s  /run/h1.sock');
  const counted = { tcp: { segments: 3, resets: 0 }, udp: { datagrams: 0 } };
  expect(statisticsText(counted, false)).toBe('tcp\n  segments  3\n');
  expect(statisticsText(counted, true)).toBe('tcp\n  segments  3\n  resets    0\nudp\n  datagrams  0\n');
});
