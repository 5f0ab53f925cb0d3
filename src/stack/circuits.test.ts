import { expect, test } from 'vitest';
import { TestCircuit } from '../testing/circuit.js';
import { makeStation } from '../testing/host-lan.js';
import { circuitMtu } from './circuits.js';

function scene() {
  const { host } = makeStation(1);
  const bare = host.addInterface('vc', 1500, null);
  return { host, bare, circuits: host.circuits };
}

test('numbers are given once; one that is in use is refused', () => {
  const { circuits, bare } = scene();
  expect([circuits.nextNumber(), circuits.nextNumber()]).toEqual([1, 2]);
  circuits.add(new TestCircuit(1, 9000), bare);
  expect(() => circuits.add(new TestCircuit(1, 9000), bare)).toThrow('circuit 1 is there already');
});

test('a circuit is found while it is open and its interface is there, and carries no more than that', () => {
  const { circuits, host, bare } = scene();
  const [wide, narrow] = [new TestCircuit(1, 9000), new TestCircuit(2, 500)];
  for (const one of [wide, narrow]) circuits.add(one, bare);
  const mtus = () => [1, 2, 3].map((number) => circuits.find(number)).map((at) => at && circuitMtu(at));
  expect(mtus()).toEqual([1500, 500, null]);
  wide.become('opening');
  expect(mtus()).toEqual([null, 500, null]);
  wide.become('open');
  narrow.close();
  expect(mtus()).toEqual([1500, null, null]);
  host.dropInterface(bare);
  expect(mtus()).toEqual([null, null, null]);
});

test('a circuit of another host with the same number is none of ours', () => {
  const { circuits, bare } = scene();
  const [ours, theirs] = [new TestCircuit(1, 1500), new TestCircuit(1, 1500)];
  circuits.add(ours, bare);
  expect([circuits.placeOf(ours)?.interface, circuits.placeOf(theirs), circuits.placeOf(null)]).toEqual([
    ...[bare, null, null],
  ]);
});

test('circuits that have closed, or whose host has, are watched no more', () => {
  const { circuits, bare } = scene();
  const all = [1, 2, 3].map((number) => new TestCircuit(number, 1500));
  all[2].close();
  for (const one of all) circuits.add(one, bare);
  expect(all.map(({ watched }) => watched)).toEqual([1, 1, 0]);
  all[0].close();
  expect(all.map(({ watched }) => watched)).toEqual([0, 1, 0]);
  circuits.clear();
  expect(all.map(({ watched, state }) => [watched, state])).toEqual([
    [0, 'closed'],
    [0, 'open'],
    [0, 'closed'],
  ]);
});
