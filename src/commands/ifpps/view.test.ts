import { expect, test } from 'vitest';
import { keyHelp, press, SORTS, type View } from './view.js';

const view: View = { mode: 'all', chosen: 'b', sort: 'order', intervalMs: 1000, isHelp: false };
const names = ['a', 'b', 'c'];
const after = (...keys: string[]) => keys.reduce((one, key) => press(one, key, names).view, view);

test('arrows and tab choose the next interface, around the end', () => {
  expect(after('down').chosen).toBe('c');
  expect(after('tab', 'right').chosen).toBe('a');
  expect(after('up', 'left').chosen).toBe('c');
  expect(after('back-tab').chosen).toBe('a');
  expect(press({ ...view, chosen: 'left' }, 'tab', names).view.chosen).toBe('a');
  expect(press(view, 'tab', []).view.chosen).toBeNull();
});

test('the interval goes up and down its steps, and stays within them', () => {
  expect(after('+').intervalMs).toBe(2000);
  expect(after('-', '-').intervalMs).toBe(200);
  expect(after(...Array<string>(20).fill('+')).intervalMs).toBe(60_000);
  expect(after(...Array<string>(20).fill('-')).intervalMs).toBe(100);
  expect(press({ ...view, intervalMs: 300 }, '=', names).view.intervalMs).toBe(500);
});

test('sorting goes through all orders, enter between the two modes', () => {
  expect(SORTS.map((_, i) => after(...Array<string>(i).fill('s')).sort)).toEqual(SORTS);
  expect(after(...Array<string>(SORTS.length).fill('s')).sort).toBe('order');
  expect(after('enter').mode).toBe('one');
  expect(after('enter', 'enter').mode).toBe('all');
});

test('help is left by any key, which does nothing else', () => {
  expect(after('h').isHelp).toBe(true);
  expect(after('?', 's')).toEqual(view);
  expect(press(after('h'), 'q', names).order).toBe('quit');
});

test.each([
  ['q', 'quit'],
  ['ctrl-c', 'interrupt'],
  ['ctrl-z', 'suspend'],
  ['ctrl-l', 'redraw'],
  ['p', 'promiscuous'],
  ['r', 'baseline'],
])('%s asks for %s', (key, order) => {
  expect(press(view, key, names)).toEqual({ view, order });
});

test('other keys do nothing; the help names those that do', () => {
  expect(after('x', 'toString', 'constructor')).toEqual(view);
  expect(keyHelp.map(([keys]) => keys).join(' ')).toBe('q + - arrows, tab enter s p r h');
});
