import { randomBytes } from 'node:crypto';
import { QuipuError } from '../contract/error.js';
import { startGenerator } from '../generator/start.js';
import { readTraffic } from '../traffic/read-traffic.js';
import { TrafficError } from '../traffic/traffic.js';
import { Generators } from './generators.js';
import { readDevices } from './generators-devices.js';
import type { Compiled } from './generators-packets.js';

/** Generators of this process, on the devices of this thread's network namespace. */
export function generatorsHere(log: (line: string) => void): Generators {
  return new Generators({
    compile,
    start: startGenerator,
    devices: readDevices,
    now: () => new Date().toISOString(),
    log,
  });
}

/** Addresses of the device are not known yet: fields that take them are filled in at the start. */
function compile(text: string, name: string): Compiled {
  try {
    const { packets, warnings } = readTraffic(text, { random: () => randomBytes(4).readUInt32LE() });
    if (packets.length === 0) throw new TrafficError('there is no packet in it: write { … }', 1, 1);
    return { lengths: packets.map(({ bytes }) => bytes.length), warnings };
  } catch (error) {
    if (!(error instanceof TrafficError)) throw error;
    throw new QuipuError('bad-config', `packet ${name}:${error.line}:${error.column}: ${error.message}`);
  }
}
