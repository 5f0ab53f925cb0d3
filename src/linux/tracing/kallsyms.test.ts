import fc from 'fast-check';
import { expect, test } from 'vitest';
import { findSymbol, functionNames } from './kallsyms.js';

const TEXT = `ffffffff81000000 T _stext
ffffffff81e5efb0 t netif_rx_internal
ffffffff81e5f000 T netif_rx
ffffffff82e5f000 D jiffies
ffffffff81aaaaaa d twice
ffffffff81bbbbbb t twice
ffffffff81cccccc W weak_one
ffffffffc0286000 t veth_xmit	[veth]
ffffffffc0286100 t ip_rcv.constprop.0	[veth]
`;

test('a symbol is found by its whole name', () => {
  expect(findSymbol(TEXT, 'netif_rx')).toEqual({ name: 'netif_rx', isFunction: true });
  expect(findSymbol(TEXT, 'netif')).toBeUndefined();
  expect(findSymbol(TEXT, 'rx')).toBeUndefined();
  expect(findSymbol(TEXT.trimEnd(), 'ip_rcv.constprop.0')?.isFunction).toBe(true);
  expect(findSymbol(TEXT, 'veth')).toBeUndefined();
});

test('data is told from functions, and a function goes before data of the same name', () => {
  expect(findSymbol(TEXT, 'jiffies')?.isFunction).toBe(false);
  expect(findSymbol(TEXT, 'twice')?.isFunction).toBe(true);
  expect(findSymbol(TEXT, 'weak_one')?.isFunction).toBe(true);
});

test('all functions are named', () => {
  expect(functionNames(TEXT)).toEqual([
    '_stext',
    'netif_rx_internal',
    'netif_rx',
    'twice',
    'weak_one',
    'veth_xmit',
    'ip_rcv.constprop.0',
  ]);
});

test('any name can be looked for in any text', () => {
  fc.assert(
    fc.property(fc.string({ maxLength: 30 }), fc.string({ maxLength: 4 }), (text, name) => {
      const found = findSymbol(`${text}\n${TEXT}`, name);
      expect(found === undefined || found.name === name).toBe(true);
    }),
    { seed: 1, numRuns: 300 },
  );
});
