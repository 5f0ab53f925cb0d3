import fc from 'fast-check';
import { expect, test } from 'vitest';
import { masked, type Route, RouteTable } from './routes.js';

const route: fc.Arbitrary<Route> = fc
  .tuple(fc.uint8Array({ minLength: 4, maxLength: 4 }), fc.integer({ min: 0, max: 32 }), fc.nat(2), fc.nat(3))
  .map(([address, bits, metric, out]) => ({
    // Few different bits, so that prefixes lie within each other.
    prefix: masked(
      address.map((byte) => byte & 0x81),
      bits,
    ),
    ...{ bits, metric, interface: out, gateway: null },
  }));

/** The longest prefix, of equal ones the lowest metric: one look at all of them. */
function naive(routes: readonly Route[], address: Uint8Array): Route | null {
  const fitting = routes.filter(({ prefix, bits }) =>
    masked(address, bits).every((byte, i) => byte === prefix[i]),
  );
  return fitting.sort((a, b) => b.bits - a.bits || a.metric - b.metric)[0] ?? null;
}

test('finds what a look at all routes finds, before and after some are removed', () => {
  fc.assert(
    fc.property(
      fc.array(route, { maxLength: 40 }),
      fc.array(fc.uint8Array({ minLength: 4, maxLength: 4 }), { minLength: 10, maxLength: 30 }),
      fc.nat(3),
      (list, addresses, gone) => {
        const table = new RouteTable();
        const added = list.filter((one) => table.add(one));
        for (const random of addresses) {
          const address = random.map((byte) => byte & 0x81);
          expect(table.lookup(address, 0, 4)).toBe(naive(added, address));
        }
        const stay = added.filter((one) => one.interface !== gone);
        expect(table.remove((one) => one.interface === gone)).toBe(added.length - stay.length);
        for (const random of addresses) {
          const address = random.map((byte) => byte & 0x81);
          expect(table.lookup(address, 0, 4)).toBe(naive(stay, address));
        }
        expect(table.routes).toEqual(stay);
      },
    ),
    { seed: 1812, numRuns: 500 },
  );
});
