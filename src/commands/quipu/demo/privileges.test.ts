import { expect, test } from 'vitest';
import { enumerate, missingCapabilities } from './privileges.js';

const status = (mask: string) => `Name:\tnode\nCapPrm:\tffffffffffffffff\nCapEff:\t${mask}\nSeccomp:\t0\n`;

test.each([
  ['000001ffffffffff', []],
  ['0000000000203000', []],
  ['0000000000003000', ['CAP_SYS_ADMIN']],
  ['00000000a80425fb', ['CAP_SYS_ADMIN', 'CAP_NET_ADMIN']], // docker's default
  ['0000000000000000', ['CAP_SYS_ADMIN', 'CAP_NET_ADMIN', 'CAP_NET_RAW']],
])('with capabilities %s there is missing: %j', (mask, missing) => {
  expect(missingCapabilities(status(mask))).toEqual(missing);
});

test('enumerations', () => {
  expect([[], ['a'], ['a', 'b'], ['a', 'b', 'c']].map(enumerate)).toEqual(['', 'a', 'a and b', 'a, b and c']);
});
