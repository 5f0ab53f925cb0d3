import { setPriority } from 'node:os';
import { QuipuError } from '../../contract/error.js';
import type { Pace } from '../../generator/generator.js';
import { surroundingsOf } from '../../generator/surroundings.js';
import { allowedCpus } from '../../linux/cpu-affinity.js';
import { warningLine } from '../shared/warning.js';
import { example } from './example.js';
import { readPackets } from './packet-input.js';
import { sendToDevice } from './send-device.js';
import type { SendOptions } from './send-options.js';
import { targetOf } from './send-target.js';
import { smokeTest } from './smoke-test.js';
import { writePackets } from './write.js';

/** Options of netsniff-ng's trafgen that are taken and mean nothing here, each with the reason. */
const needless: readonly (readonly [(options: SendOptions) => boolean, string])[] = [
  [
    ({ jumboSupport }) => jumboSupport === true,
    '-J is not needed: frames may be as long as the device takes',
  ],
  [({ sockMem }) => sockMem === false, '-A is not needed: no setting of the system is touched'],
  [({ cpuStats }) => cpuStats === false, '-C is not needed: no CPU times are printed'],
  [({ kernelPull }) => kernelPull !== undefined, '-k is not needed: the kernel is given frames at once'],
];

/** Only a device has addresses; packets that are written down get zeros for what they leave out. */
const NO_MAC = new Uint8Array(6);
/** Nice value of -H. */
const HIGH = -20;

/** What `trafgen` does without a subcommand. Throws QuipuError. */
export async function send(packet: string | undefined, options: SendOptions): Promise<void> {
  if (options.example) {
    process.stdout.write(example);
    return;
  }
  const note = (sentence: string) => void process.stderr.write(warningLine(sentence));
  for (const [isGiven, sentence] of needless) if (isGiven(options)) note(sentence);
  if (options.rfraw) {
    throw new QuipuError(
      'bad-request',
      '-R: set the device to monitor mode first ("iw dev wlan0 set type monitor") and send to it without -R',
    );
  }
  const target = targetOf(options);
  if (target.kind === 'file') refuseForFiles(options);
  const cpus = cpusOf(options);
  const surroundings = target.kind === 'device' ? deviceAddresses(target.device) : { mac: NO_MAC };
  const input = await readPackets(packet, options, { ...surroundings, random: () => 0 }, cpus?.length ?? 1);
  for (const sentence of input.warnings) note(sentence);
  const isCapture = input.source.kind === 'frames';
  const pace = paceOf(options, isCapture && (cpus?.length ?? 1) === 1 && options.rand !== true);
  // A capture is sent once, like a film; packets of the language again and again.
  const once = isCapture ? input.source.frames.length : undefined;
  const count = options.num === undefined ? once : options.num || undefined;
  const shuffled = options.rand === true;
  if (target.kind === 'file') {
    const { source } = input;
    const written = await writePackets({
      ...{ target, source, pace, count, shuffled, surroundings: { mac: NO_MAC } },
      seed: options.seed,
    });
    if (options.json && target.path !== '-') process.stdout.write(`${JSON.stringify(written)}\n`);
    return;
  }
  const plan = {
    device: target.device,
    source: input.source,
    pace,
    way: options.io,
    shuffled,
    queueingDiscipline: options.qdiscPath === true,
    ...(count === undefined ? {} : { count }),
    ...(options.seed === undefined ? {} : { seed: options.seed }),
    ...(cpus === undefined ? {} : { cpus }),
    ...(options.ringSize === undefined ? {} : { ringFrames: ringFrames(options.ringSize) }),
  };
  if (options.prioHigh) raisePriority();
  if (options.smokeTest !== undefined) {
    await smokeTest({ plan, target: options.smokeTest, text: input.text, options });
    return;
  }
  await sendToDevice(plan, input.text, options);
}

function deviceAddresses(device: string): ReturnType<typeof surroundingsOf> {
  try {
    return surroundingsOf(device);
  } catch (error) {
    const isLikeFile = error instanceof QuipuError && error.code === 'no-device' && /[./]/.test(device);
    if (!isLikeFile) throw error;
    const remedy = 'if it is to be a file, its name has to end in .pcap, .pcapng, .cfg or .hex';
    throw new QuipuError(error.code, `${error.message}; ${remedy}`);
  }
}

function paceOf({ rate, gap }: SendOptions, isRecorded: boolean): Pace {
  if (rate !== undefined && gap !== undefined) {
    throw new QuipuError('bad-request', 'give --rate or --gap, not both');
  }
  return rate ?? gap ?? (isRecorded ? { kind: 'recorded' } : { kind: 'full' });
}

/** The CPU of each worker; undefined: one worker where the scheduler puts it. */
function cpusOf({ cpus, cpu }: SendOptions): readonly number[] | undefined {
  if (cpus !== undefined && cpu !== undefined) {
    throw new QuipuError('bad-request', 'give -P (how many) or --cpu (which), not both');
  }
  if (cpus === undefined && cpu === undefined) return undefined;
  const allowed = allowedCpus();
  if (cpus !== undefined && cpus > allowed.length) {
    throw new QuipuError('bad-request', `-P ${cpus}: more than the CPUs for this process: ${allowed.length}`);
  }
  const chosen = cpu ?? allowed.slice(0, cpus);
  const missing = chosen.filter((one) => !allowed.includes(one));
  if (missing.length === 0) return chosen;
  const few = missing.slice(0, 8).join(', ') + (missing.length > 8 ? ' …' : '');
  throw new QuipuError(
    'bad-request',
    `--cpu: this process may not use CPU ${few}, only ${allowed.join(', ')}`,
  );
}

/** The slots of a ring that size have 2048 bytes each, as netsniff-ng's. */
function ringFrames(bytes: number): number {
  return 2 ** Math.floor(Math.log2(Math.max(1, bytes / 2048)));
}

function refuseForFiles(options: SendOptions): void {
  const given: readonly (readonly [boolean, string])[] = [
    [options.cpus !== undefined || options.cpu !== undefined, '-P and --cpu'],
    [options.smokeTest !== undefined, '--smoke-test'],
    [options.user !== undefined || options.group !== undefined, '--user and --group'],
  ];
  for (const [isGiven, name] of given) {
    if (isGiven) throw new QuipuError('bad-request', `${name}: only when packets are sent to a device`);
  }
}

function raisePriority(): void {
  try {
    setPriority(HIGH);
  } catch (error) {
    throw new QuipuError('no-privilege', `-H needs root or CAP_SYS_NICE: ${(error as Error).message}`);
  }
}
