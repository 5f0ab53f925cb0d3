import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { syntaxes } from './grammar.js';
import { parseCommand, type ShellCommand } from './parse.js';
import { LineFault } from './words.js';

/** The fault of a line, with what it points at. */
function faultOf(line: string): { message: string; marked: string } {
  try {
    parseCommand(line);
  } catch (error) {
    if (error instanceof LineFault) {
      return { message: error.message, marked: line.slice(error.at, error.at + error.length) };
    }
    throw error;
  }
  throw new Error(`${line} is taken`);
}

describe('commands', () => {
  test.each<[string, ShellCommand | null]>([
    ['', null],
    ['   # nothing', null],
    ['! nothing either', null],
    ['show packets', { do: 'show-packets', name: null }],
    ['show packet p1', { do: 'show-packets', name: 'p1' }],
    ['show generator g1', { do: 'show-generators', name: 'g1' }],
    ['show devices', { do: 'show-devices' }],
    ['sh dev', { do: 'show-devices' }],
    ['sh u', { do: 'show-users' }],
    ['show conf', { do: 'show-configuration' }],
    ['no packet p1', { do: 'no', what: 'packet', name: 'p1' }],
    ['no g g1', { do: 'no', what: 'generator', name: 'g1' }],
    ['start all', { do: 'start', names: 'all' }],
    ['start g1 g2 # both', { do: 'start', names: ['g1', 'g2'] }],
    ['sto g1', { do: 'stop', names: ['g1'] }],
    ['statistics', { do: 'statistics', names: 'all', every: null }],
    ['stat g1 every 0.5', { do: 'statistics', names: ['g1'], every: 0.5 }],
    ['statistics all every 2', { do: 'statistics', names: 'all', every: 2 }],
    ['device eth0', { do: 'device', name: 'eth0', every: null }],
    ['device eth0 ev 1', { do: 'device', name: 'eth0', every: 1 }],
    ['log', { do: 'log', lines: 20 }],
    ['log 5', { do: 'log', lines: 5 }],
    ['save "a file"', { do: 'save', path: 'a file' }],
    ['load x.conf', { do: 'load', path: 'x.conf' }],
    ['help show', { do: 'help', topic: ['show'] }],
    ['show ?', { do: 'help', topic: ['show'] }],
    ['sh pa?', { do: 'help', topic: ['sh', 'pa'] }],
    ['?', { do: 'help', topic: [] }],
    ['exit', { do: 'exit' }],
    ['q', { do: 'exit' }],
  ])('%j', (line, command) => {
    expect(parseCommand(line)).toEqual(command);
  });

  test.each([
    ['st g1', '"st" is ambiguous: start, stop, statistics', 'st'],
    ['strat g1', 'no command "strat"; did you mean "start"?', 'strat'],
    ['fly', 'no command "fly"; "help" lists them', 'fly'],
    ['show', '"show" wants one of packets, generators, devices, users, configuration', 'show'],
    [
      'show weather',
      'no command "show weather"; there are packets, generators, devices, users, configuration',
      'weather',
    ],
    ['no', '"no" wants one of packet, generator', 'no'],
    ['no packet', 'something is missing: write no packet NAME', ''],
    ['start', 'something is missing: write start NAME … | all', ''],
    ['show users now', '"now" does not belong here: write show users', 'now'],
    ['device a b', 'no option "b": write one of every', 'b'],
    ['device a every', 'something is missing: write device NAME [every SECONDS]', ''],
    ['statistics every 0', 'every: "0" is not a number of seconds from 0.1 to 86400', '0'],
    ['log many', 'lines: "many" is not a whole number from 1 to 100000', 'many'],
    ['save "x', 'the quote " has no end; close it with another "', '"'],
    ['start all g1', '"g1" does not belong here: write start NAME … | all', 'g1'],
  ])('%j is refused', (line, message, marked) => {
    expect(faultOf(line)).toEqual({ message, marked });
  });
});

describe('packets', () => {
  test.each<[string, ShellCommand]>([
    ['packet p1 { 1, 2 }', { do: 'packet', name: 'p1', replace: false, text: '{ 1, 2 }', at: 10 }],
    ['pa p1 repl { 1 } { 2 }', { do: 'packet', name: 'p1', replace: true, text: '{ 1 } { 2 }', at: 11 }],
    ['packet p{1}', { do: 'packet', name: 'p', replace: false, text: '{1}', at: 8 }],
    ['packet replace { 1 }', { do: 'packet', name: 'replace', replace: false, text: '{ 1 }', at: 15 }],
    ['packet p cpu(0): { 1 }', { do: 'packet', name: 'p', replace: false, text: 'cpu(0): { 1 }', at: 9 }],
    ['packet p {\n1\n}', { do: 'packet', name: 'p', replace: false, text: '{\n1\n}', at: 9 }],
    ['packet p <<E\n{ 1 }\n# }\nE', { do: 'packet', name: 'p', replace: false, text: '{ 1 }\n# }', at: 13 }],
    [
      'packet p file a.cfg',
      { do: 'packet-file', name: 'p', replace: false, path: 'a.cfg', preprocess: false },
    ],
    [
      'packet p r f a.cfg c',
      { do: 'packet-file', name: 'p', replace: true, path: 'a.cfg', preprocess: true },
    ],
  ])('%j', (line, command) => {
    expect(parseCommand(line)).toEqual(command);
  });

  test.each([
    ['packet', 'something is missing: write packet NAME [replace] { … } | <<END | file PATH [cpp]'],
    ['packet p', 'something is missing: write packet NAME [replace] { … } | <<END | file PATH [cpp]'],
    [
      'packet p 1, 2',
      '"1," does not belong here: write packet NAME [replace] { … } | <<END | file PATH [cpp]',
    ],
    ['packet p file', 'something is missing: write packet NAME [replace] { … } | <<END | file PATH [cpp]'],
    ['packet p <<E', '<<E wants a text and a line E'],
  ])('%j is refused', (line, message) => {
    expect(faultOf(line).message).toBe(message);
  });
});

describe('generators', () => {
  test('every setting', () => {
    const line =
      'generator g1 packet p1 device eth0 rate 20kpps count 1M cpu 0,2-3 seed 0xff way xdp order random qdisc on';
    expect(parseCommand(line)).toEqual({
      do: 'generator',
      name: 'g1',
      replace: false,
      settings: {
        packet: 'p1',
        device: 'eth0',
        pace: { kind: 'packets', perSecond: 20_000 },
        count: 1_000_000,
        cpus: [0, 2, 3],
        seed: 255,
        way: 'xdp',
        shuffled: true,
        queueingDiscipline: true,
      },
    });
  });

  test('limits are taken away, keywords and values shortened', () => {
    expect(parseCommand('gen g1 replace g 50us co 0 cp any s any w p o w q off')).toEqual({
      do: 'generator',
      name: 'g1',
      replace: true,
      settings: {
        pace: { kind: 'gap', nanoseconds: 50_000 },
        count: null,
        cpus: null,
        seed: null,
        way: 'packet',
        shuffled: false,
        queueingDiscipline: false,
      },
    });
  });

  test.each([
    ['generator g1', 'something is missing: write generator NAME', ''],
    ['generator g1 rate', 'something is missing: write generator NAME', ''],
    ['generator g1 rate fast', '"fast" is no rate: write a number and one of pps', 'fast'],
    ['generator g1 gap 1h', '"1h" is no gap', '1h'],
    ['generator g1 count -1', 'count: "-1" is not a whole number from 0 to', '-1'],
    ['generator g1 cpu 0-99', 'cpu: 100 CPUs are more than 64', '0-99'],
    [
      'generator g1 seed 4294967296',
      'seed: "4294967296" is not a whole number from 0 to 4294967295',
      '4294967296',
    ],
    ['generator g1 c 1', '"c" is ambiguous: count, cpu', 'c'],
    ['generator g1 speed 1', 'no option "speed": write one of packet, device', 'speed'],
    ['generator g1 way x way x', 'way is given twice', 'way'],
    ['generator g1 rate full gap 1', 'rate and gap say the same: give one', 'gap'],
    ['generator g1 way foot', 'no way "foot": write one of auto, xdp, packet', 'foot'],
  ])('%j is refused', (line, message, marked) => {
    const fault = faultOf(line);
    expect(fault.message).toContain(message);
    expect(fault.marked).toBe(marked);
  });
});

test('any line is a command or a LineFault within it', () => {
  const words = [
    ...syntaxes.flatMap((one) => one.words),
    'replace',
    'file',
    '<<E',
    '{',
    '}',
    '"',
    'every',
    '1',
    '\n',
    'E',
  ];
  const some = fc.oneof(fc.constantFrom(...words), fc.string({ maxLength: 6 }));
  fc.assert(
    fc.property(fc.array(some, { maxLength: 8 }), fc.constantFrom(' ', '', '\t'), (parts, between) => {
      const line = parts.join(between);
      try {
        parseCommand(line);
      } catch (error) {
        if (!(error instanceof LineFault)) throw error;
        expect(error.at).toBeGreaterThanOrEqual(0);
        expect(error.at + error.length).toBeLessThanOrEqual(line.length + 1);
      }
    }),
    { seed: 4, numRuns: 3000 },
  );
});

test('of a word without an end a message repeats the beginning only', () => {
  expect(faultOf('x'.repeat(100_000)).message).toBe(`no command "${'x'.repeat(40)}…"; "help" lists them`);
  expect(faultOf(`log ${'9'.repeat(100_000)}`).message.length).toBeLessThan(200);
});
