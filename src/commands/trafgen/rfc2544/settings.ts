import { QuipuError } from '../../../contract/error.js';
import { TESTS, type TestName } from '../../../traffic/rfc2544/report.js';
import { LARGEST_SIZE, SMALLEST_SIZE } from '../../../traffic/rfc2544/sizes.js';
import type { TestAddresses } from '../../../traffic/rfc2544/test-frame.js';
import { parseMac } from '../../../wire/ethernet.js';
import { parseIpv4 } from '../../../wire/ipv4.js';

/** What is to be measured, and how. */
export interface Settings {
  readonly from: string;
  readonly to: string;
  readonly sizes: readonly number[];
  readonly tests: readonly TestName[];
  /** Seconds: a trial, the silence that ends it, the pause before the next one. */
  readonly trial: number;
  /** The longest burst of the back-to-back test. */
  readonly burst: number;
  readonly settle: number;
  readonly rest: number;
  /** Percent. */
  readonly allowedLoss: number;
  readonly resolution: number;
  readonly lossStep: number;
  /** Frames a second; undefined: what the generator can do. */
  readonly maxRate: number | undefined;
  readonly repeat: { readonly latency: number; readonly backToBack: number };
  /** Trials that must lose frames before a rate is given up. */
  readonly tries: number;
  /** Learning frames before each trial. */
  readonly learning: number;
  readonly addresses: TestAddresses;
  /** CPU of the generator. */
  readonly cpu: number | undefined;
}

/** Options as commander hands them over: all texts. */
export type Given = Readonly<Record<string, string | boolean | undefined>>;

/** How often RFC 2544 wants latency (§26.2) and back-to-back (§26.4) to be measured. */
const REPEAT = { latency: 20, backToBack: 50 } as const;

/** Throws QuipuError (bad-request), which names option, value and what is wanted. */
export function settingsFrom(given: Given): Settings {
  const text = (name: string): string => String(given[name]);
  const { from, to } = { from: text('from'), to: text('to') };
  if (from === to) {
    throw fault('to', to, 'the device that --from names: frames go from one device to another one');
  }
  const repeat = given.repeat === undefined ? undefined : whole('repeat', text('repeat'), 1, 1000);
  return {
    from,
    to,
    sizes: list('sizes', text('sizes')).map((size) => whole('sizes', size, SMALLEST_SIZE, LARGEST_SIZE)),
    tests: testsIn(text('tests')),
    trial: number('trial', text('trial'), 0.05, 3600),
    burst: number('burst', text('burst'), 0.05, 3600),
    settle: number('settle', text('settle'), 0.01, 600),
    rest: number('rest', text('rest'), 0, 600),
    allowedLoss: number('allowed-loss', text('allowedLoss'), 0, 50),
    resolution: number('resolution', text('resolution'), 0.01, 50),
    lossStep: number('loss-step', text('lossStep'), 0.1, 50),
    maxRate: given.maxRate === undefined ? undefined : whole('max-rate', text('maxRate'), 1, 1e9),
    repeat: repeat === undefined ? REPEAT : { latency: repeat, backToBack: repeat },
    tries: whole('tries', text('tries'), 1, 20),
    learning: whole('learning', text('learning'), 1, 1000),
    addresses: addressesIn(text),
    cpu: given.cpu === undefined ? undefined : whole('cpu', text('cpu'), 0, 8191),
  };
}

function addressesIn(text: (name: string) => string): TestAddresses {
  const mac = (option: string, value: string) =>
    parseMac(value) ?? refuse(option, value, 'a MAC address such as 02:00:00:00:00:01');
  const ip = (option: string, value: string) =>
    parseIpv4(value) ?? refuse(option, value, 'an IPv4 address such as 198.18.0.2');
  return {
    sourceMac: mac('source-mac', text('sourceMac')),
    destinationMac: mac('destination-mac', text('destinationMac')),
    sourceIp: ip('source-ip', text('sourceIp')),
    destinationIp: ip('destination-ip', text('destinationIp')),
    sourcePort: whole('source-port', text('sourcePort'), 0, 65_535),
    destinationPort: whole('destination-port', text('destinationPort'), 0, 65_535),
  };
}

/** In the order in which they are made, each once. */
function testsIn(text: string): TestName[] {
  const names = list('tests', text);
  for (const name of names) {
    if (!TESTS.some((test) => test === name)) refuse('tests', name, `some of ${TESTS.join(', ')}`);
  }
  return TESTS.filter((test) => names.includes(test));
}

function list(option: string, text: string): string[] {
  const items = text.split(/[\s,]+/).filter((item) => item !== '');
  return items.length > 0 ? [...new Set(items)] : refuse(option, text, 'a list, separated by commas');
}

function whole(option: string, text: string, lowest: number, highest: number): number {
  const value = Number(text);
  if (/^[0-9]{1,10}$/.test(text) && value >= lowest && value <= highest) return value;
  return refuse(option, text, `a whole number from ${lowest} to ${highest}`);
}

function number(option: string, text: string, lowest: number, highest: number): number {
  const value = Number(text);
  if (/^[0-9]{0,9}(\.[0-9]{1,9})?$/.test(text) && text !== '' && value >= lowest && value <= highest)
    return value;
  return refuse(option, text, `a number from ${lowest} to ${highest}`);
}

function refuse(option: string, value: string, wanted: string): never {
  throw new QuipuError('bad-request', `--${option} is ${JSON.stringify(value)}; it must be ${wanted}`);
}

function fault(option: string, value: string, what: string): QuipuError {
  return new QuipuError('bad-request', `--${option} is ${JSON.stringify(value)}, ${what}`);
}
