import { expect, test } from 'vitest';
import { seededRandom } from '../testing/random.js';
import { MOST_NEIGHBOURS, type Neighbour, Neighbours } from './neighbours.js';

const mac = Uint8Array.of(2, 0, 0, 0, 0, 9);

function table(): { table: Neighbours; clock: { now: number } } {
  const clock = { now: 0 };
  const nothing = () => {};
  const driver = {
    solicit: nothing,
    resolved: nothing,
    unreachable: nothing,
    overflow: nothing,
    hasten: nothing,
  };
  return { table: new Neighbours({ ...driver, now: () => clock.now }, seededRandom(1)), clock };
}

/** The address with this number, in a network of a few million. */
function address(number: number): Uint8Array {
  return Uint8Array.of(10, number >> 16, number >> 8, number);
}

/** Enters one that has told its hardware address. */
function enterKnown(neighbours: Neighbours, number: number): Neighbour {
  const one = neighbours.enter(address(number));
  if (one === null) throw new Error(`no room for ${number}`);
  neighbours.learn(one, mac, 0, true);
  return one;
}

test('a flood of addresses costs a look at one or two for each, and one that is in use stays', () => {
  const { table: neighbours } = table();
  const used = enterKnown(neighbours, 1);
  for (let i = 2; i < 50_000; i++) {
    neighbours.use(used, null);
    enterKnown(neighbours, i);
  }
  expect(neighbours.size).toBe(MOST_NEIGHBOURS);
  expect(used.isGone).toBe(false);
  expect(neighbours.looked).toBeLessThan(2 * 50_000);
});

test('when all are in use each that comes still costs a few looks only', () => {
  const { table: neighbours } = table();
  const all = Array.from({ length: MOST_NEIGHBOURS }, (_, i) => enterKnown(neighbours, i));
  for (let i = 0; i < 100; i++) {
    for (const one of all) neighbours.use(one, null);
    const before = neighbours.looked;
    enterKnown(neighbours, 10_000 + i);
    expect(neighbours.looked - before).toBeLessThan(10);
  }
  expect(neighbours.size).toBe(MOST_NEIGHBOURS);
});

test('permanent ones never go: a table of them has no room', () => {
  const { table: neighbours } = table();
  for (let i = 0; i < MOST_NEIGHBOURS; i++) expect(neighbours.setPermanent(address(i), mac)).toBe(true);
  expect(neighbours.enter(address(99_999))).toBeNull();
  const [one] = neighbours.list;
  neighbours.remove(one);
  expect(neighbours.enter(address(99_999))).not.toBeNull();
});

test('who did not answer goes before who did', () => {
  const { table: neighbours, clock } = table();
  const silent = neighbours.enter(address(0));
  if (silent === null) throw new Error('no room');
  for (let i = 1; i < MOST_NEIGHBOURS; i++) neighbours.use(enterKnown(neighbours, i), null);
  neighbours.use(silent, null);
  clock.now = 4_000_000;
  for (let i = 0; i < 4; i++, clock.now += 1_000_000) neighbours.expire();
  enterKnown(neighbours, 5000);
  expect([silent.isGone, neighbours.size]).toEqual([true, MOST_NEIGHBOURS]);
});
