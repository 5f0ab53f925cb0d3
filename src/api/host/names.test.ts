import { expect, test } from 'vitest';
import { type HostLookup, lookupIn } from './names.js';

const lookup = lookupIn({ Db: ['10.0.0.5', 'fd00::5', '10.0.0.6'], old: '10.0.0.7' });

const ask = (which: HostLookup, name: string, options: Parameters<HostLookup>[1] = {}) =>
  new Promise((resolve) => which(name, options, (error, found, family) => resolve(error ?? [found, family])));

test('one address or all, of one family or any, in the shape of dns.lookup', async () => {
  const all = [
    { address: '10.0.0.5', family: 4 },
    { address: 'fd00::5', family: 6 },
    { address: '10.0.0.6', family: 4 },
  ];
  expect(await ask(lookup, 'db')).toEqual(['10.0.0.5', 4]);
  expect(await ask(lookup, 'DB.', { family: 6 })).toEqual(['fd00::5', 6]);
  expect(await ask(lookup, 'db', { all: true })).toEqual([all, undefined]);
  expect(await ask(lookup, 'db', { all: true, family: 'IPv4' })).toEqual([[all[0], all[2]], undefined]);
  expect(await ask(lookup, '10.0.0.9')).toEqual(['10.0.0.9', 4]);
});

test('localhost and what is below it is the host itself', async () => {
  expect(await ask(lookup, 'localhost', { family: 6 })).toEqual(['::1', 6]);
  expect(await ask(lookup, 'app.localhost')).toEqual(['127.0.0.1', 4]);
});

test('what is not listed is unknown, or somebody else’s to tell', async () => {
  const error = { code: 'ENOTFOUND', errno: -3008, syscall: 'getaddrinfo', hostname: 'x.test' };
  expect(await ask(lookup, 'x.test')).toMatchObject({ ...error, message: 'getaddrinfo ENOTFOUND x.test' });
  expect(await ask(lookup, 'old', { family: 6 })).toMatchObject({ code: 'ENOTFOUND' });
  const next = lookupIn({ old: '10.0.0.7' }, (name, _options, done) => done(null, `of ${name}`, 4));
  expect([await ask(next, 'x.test'), await ask(next, 'old')]).toEqual([
    ['of x.test', 4],
    ['10.0.0.7', 4],
  ]);
});

test('it never tells at once', () => {
  let told = false;
  lookup('db', {}, () => {
    told = true;
  });
  expect(told).toBe(false);
});
