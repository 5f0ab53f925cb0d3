import { Command } from 'commander';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { QuipuError } from '../../../contract/error.js';
import { register } from '../rfc2544.js';
import { settingsFrom } from './settings.js';

/** What the command line comes to. */
function settingsOf(...words: string[]) {
  const program = new Command('trafgen');
  register(program);
  const [command] = program.commands;
  command.exitOverride().configureOutput({ outputError: () => {} });
  command.parseOptions(words);
  return settingsFrom(command.opts());
}
const ends = ['--from', 'a', '--to', 'b'];

test('the defaults are those of RFC 2544', () => {
  expect(settingsOf(...ends)).toMatchObject({
    from: 'a',
    to: 'b',
    sizes: [64, 128, 256, 512, 1024, 1280, 1518],
    tests: ['throughput', 'latency', 'loss', 'back-to-back'],
    trial: 60,
    burst: 2,
    settle: 2,
    rest: 5,
    allowedLoss: 0,
    lossStep: 10,
    tries: 2,
    maxRate: undefined,
    repeat: { latency: 20, backToBack: 50 },
    addresses: { sourcePort: 0xc020, destinationPort: 7, sourceIp: Uint8Array.of(198, 18, 0, 2) },
  });
});

test('what is given counts', () => {
  const words =
    '--sizes 1518,64,64 --tests back-to-back,throughput --trial .5 --repeat 3 --max-rate 20000 --cpu 1';
  expect(settingsOf(...ends, ...words.split(' '))).toMatchObject({
    sizes: [1518, 64],
    tests: ['throughput', 'back-to-back'],
    trial: 0.5,
    repeat: { latency: 3, backToBack: 3 },
    maxRate: 20_000,
    cpu: 1,
  });
});

describe('refused, with option, value and what is wanted', () => {
  test.each([
    ['--to a', '--to is "a", the device that --from names'],
    ['--sizes 63', '--sizes is "63"; it must be a whole number from 64 to 9018'],
    ['--sizes 64.5', '--sizes is "64.5"'],
    ['--sizes ,', '--sizes is ","; it must be a list'],
    ['--tests speed', '--tests is "speed"; it must be some of throughput, latency, loss, back-to-back'],
    ['--trial 0', '--trial is "0"; it must be a number from 0.05 to 3600'],
    ['--trial 1e1', '--trial is "1e1"'],
    ['--trial .', '--trial is "."'],
    ['--settle -1', '--settle is "-1"'],
    ['--allowed-loss 51', '--allowed-loss is "51"'],
    ['--resolution 0', '--resolution is "0"'],
    ['--loss-step x', '--loss-step is "x"'],
    ['--max-rate 0', '--max-rate is "0"'],
    ['--repeat 0', '--repeat is "0"'],
    ['--tries 21', '--tries is "21"'],
    ['--source-mac 1:2', '--source-mac is "1:2"; it must be a MAC address'],
    ['--destination-ip 10.0.0', '--destination-ip is "10.0.0"; it must be an IPv4 address'],
    ['--destination-port 65536', '--destination-port is "65536"; it must be a whole number from 0 to 65535'],
    ['--cpu -1', '--cpu is "-1"'],
  ])('%s', (words, message) => {
    expect(() => settingsOf(...ends, ...words.split(' '))).toThrow(message);
  });
});

test('any value of any option: taken, or refused as bad input', () => {
  const option = fc.constantFrom(
    'sizes',
    'tests',
    'trial',
    'repeat',
    'maxRate',
    'sourceMac',
    'sourceIp',
    'cpu',
  );
  const program = new Command('trafgen');
  register(program);
  const defaults = { ...program.commands[0].opts(), from: 'a', to: 'b' };
  fc.assert(
    fc.property(option, fc.string({ maxLength: 20 }), (name, value) => {
      try {
        settingsFrom({ ...defaults, [name]: value });
      } catch (error) {
        expect(error).toBeInstanceOf(QuipuError);
        expect(error).toMatchObject({ code: 'bad-request' });
      }
    }),
    { seed: 2544, numRuns: 500 },
  );
});
