import { expect, test } from 'vitest';
import { resolverSettings } from './config.js';
import { parseHosts } from './hosts-file.js';

test('servers of both families, with and without port numbers, and the defaults of resolv.conf', () => {
  const servers = ['10.0.0.53', '10.0.0.53:5353', 'FD00:0::53', '[fd00::53]', '[fd00::53]:5353'];
  expect(resolverSettings({ servers })).toEqual({
    ...{ search: [], ndots: 1, attempts: 2, timeout: 5_000_000 },
    servers: [
      { address: '10.0.0.53', port: 53 },
      { address: '10.0.0.53', port: 5353 },
      { address: 'fd00::53', port: 53 },
      { address: 'fd00::53', port: 53 },
      { address: 'fd00::53', port: 5353 },
    ],
  });
});

test.each([
  '',
  'ns.test',
  '10.0.0.53:0',
  '10.0.0.53:65536',
  '10.0.0',
  '[10.0.0.53',
  'fd00::53]',
  'fe80::1%eth0',
])('%j is no server', (server) => {
  expect(() => resolverSettings({ servers: [server] })).toThrow(
    /resolver\.servers\.0: expected 10\.0\.0\.53/,
  );
});

test('other options that are wrong', () => {
  const servers = ['10.0.0.53'];
  expect(() => resolverSettings({ servers: [] })).toThrow('resolver.servers');
  expect(() => resolverSettings({ servers, search: ['a..b'] })).toThrow(
    'resolver.search.0: not a domain name',
  );
  expect(() => resolverSettings({ servers, attempts: 0 })).toThrow('resolver.attempts');
});

test('a hosts file: comments, several names, both families, and lines that mean nothing', () => {
  const text = [
    '# what there is',
    '127.0.0.1\tlocalhost',
    '10.0.0.1  db.test DB # the first',
    'fd00::1 db.test\r',
    '10.0.0.1 db.test',
    'fe80::1%eth0 zoned',
    'nonsense here',
    '10.0.0.9',
    '',
  ].join('\n');
  expect(parseHosts(text)).toEqual({
    localhost: ['127.0.0.1'],
    'db.test': ['10.0.0.1', 'fd00::1'],
    db: ['10.0.0.1'],
  });
});
