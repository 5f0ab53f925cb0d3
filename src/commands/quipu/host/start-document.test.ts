import { expect, test } from 'vitest';
import { checkHostConfig } from '../../../api/host/config.js';
import { linkOf, macOf, startDocument } from './start-document.js';

test('options stand for a file', () => {
  const address = ['10.0.0.2/24', 'fd00::2/64'];
  const document = startDocument('h1', { link: 'tap:tap0', address, gateway: ['10.0.0.1'], mtu: 9000 });
  expect(document).toEqual({
    name: 'h1',
    links: [
      {
        ...{ name: 'tap0', link: { kind: 'tap', device: 'tap0' }, addresses: address, mtu: 9000 },
        mac: macOf('h1 tap0'),
      },
    ],
    gateway: ['10.0.0.1'],
  });
  expect(checkHostConfig(document)).toMatchObject(document);
  expect(
    startDocument('h1', { link: 'eth0', address, mac: '02:00:00:00:00:01', forwarding: true }),
  ).toMatchObject({
    ...{ forwarding: true, links: [{ link: 'eth0', mac: '02:00:00:00:00:01' }] },
  });
});

test.each([
  ['eth0', { label: 'eth0', spec: 'eth0' }],
  ['tun:t0', { label: 't0', spec: { kind: 'tun', device: 't0' } }],
  ['node:fb2', { label: 'fb2', spec: { kind: 'node', on: 'fb2' } }],
  ['{"kind":"udp","local":"x"}', { label: 'link', spec: { kind: 'udp', local: 'x' } }],
])('--link %s', (text, link) => {
  expect(linkOf(text)).toEqual(link);
});

test.each(['tap:', 'x:y', '{', '{}', ''])('--link %s is refused', (text) => {
  expect(() => linkOf(text)).toThrow('--link');
});

test('a tun device has no hardware address', () => {
  const address = ['10.0.0.2/24'];
  const document = startDocument('h1', { link: 'tun:t0', address });
  expect(document).toEqual({
    name: 'h1',
    links: [{ name: 't0', link: { kind: 'tun', device: 't0' }, addresses: address }],
  });
  expect(checkHostConfig(document)).toMatchObject(document);
  const mac = '02:00:00:00:00:01';
  expect(() => startDocument('h1', { link: 'tun:t0', address, mac })).toThrow('--mac: a tun device');
});

test.each([
  ['10.0.0.2', '--address 10.0.0.2: say how long its network is, as in 10.0.0.2/24'],
  ['fd00::2', 'as in fd00::2/64'],
  ['10.0.0.2/33', '--address 10.0.0.2/33: behind the /'],
  ['h1/24', '--address h1 is no IP address'],
])('--address %s is refused', (text, message) => {
  expect(() => startDocument('h1', { link: 'eth0', address: [text] })).toThrow(message);
});

test('other options that are wrong are named', () => {
  const right = { link: 'eth0', address: ['10.0.0.2/24'] };
  expect(() => startDocument('h1', { ...right, gateway: ['router'] })).toThrow('--gateway router is no IP');
  expect(() => startDocument('h1', { ...right, mac: '1:2' })).toThrow('--mac 1:2: write six bytes');
  expect(() => startDocument('h1', { ...right, mac: '01:00:00:00:00:01' })).toThrow('the first of them even');
  expect(() => startDocument('1h', right)).toThrow('1h is no name of a host: it begins with a letter');
  expect(() => startDocument('h1.yaml', right)).toThrow('leave the options out');
  expect(startDocument('h1', { ...right, gateway: ['fe80::1%eth0'] })).toMatchObject({
    gateway: ['fe80::1%eth0'],
  });
});

test('what is missing is named', () => {
  expect(() => startDocument('h1', { address: ['10.0.0.2/24'] })).toThrow('--link');
  expect(() => startDocument('h1', { link: 'eth0' })).toThrow('--address');
});

test('a made address is always the same for a name, and one station’s own', () => {
  expect(macOf('h1 tap0')).toBe(macOf('h1 tap0'));
  expect(macOf('h1 tap0')).not.toBe(macOf('h2 tap0'));
  for (let i = 0; i < 100; i++) expect(macOf(`h${i}`)).toMatch(/^[0-9a-f][26ae](:[0-9a-f]{2}){5}$/);
});
