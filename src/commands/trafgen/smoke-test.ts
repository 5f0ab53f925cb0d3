import { randomBytes } from 'node:crypto';
import { setImmediate as turn } from 'node:timers/promises';
import { QuipuError } from '../../contract/error.js';
import { checkPlan } from '../../generator/check-plan.js';
import type { FrameOrder } from '../../generator/frame-order.js';
import type { GeneratorPlan } from '../../generator/generator.js';
import { pacerFor } from '../../generator/pacer.js';
import { PacketTransmitter } from '../../generator/packet-transmitter.js';
import { frameOrder } from '../../generator/packets.js';
import { surroundingsOf } from '../../generator/surroundings.js';
import { EchoSocket } from '../../linux/echo-socket.js';
import { errnoText } from '../../linux/errno.js';
import { NetDevices } from '../../linux/netdev.js';
import type { FrameTemplate } from '../../traffic/frame-template.js';
import { interruption, pause } from '../shared/interrupt.js';
import type { Source } from '../shared/source.js';
import { becomeUser } from './become-user.js';
import { relocated } from './packet-input.js';
import { hexText, packetText } from './packet-text.js';
import type { SendOptions } from './send-options.js';

/** A host is dead when it answers none of so many pings, each waited for so long. */
const PINGS = 5;
const PING_MS = 1000;
/** In milliseconds, between two looks at whether Ctrl-C was pressed. */
const SLICE_MS = 20;
/** Packets that are shown. */
const REMEMBERED = 4;

export interface SmokeSetup {
  readonly plan: GeneratorPlan;
  /** Address of the host that is watched. */
  readonly target: string;
  readonly text: Source | null;
  readonly options: SendOptions;
}

/**
 * Sends packet after packet, each time asking a host for an echo. When it no longer answers, prints the last packets, as
 * a configuration, with their hex dump as remarks, and throws QuipuError.
 */
export async function smokeTest({ plan, target, text, options }: SmokeSetup): Promise<void> {
  if ((plan.cpus?.length ?? 1) > 1) {
    throw new QuipuError('bad-request', '--smoke-test goes with one worker: which packet was it, otherwise?');
  }
  const seed = plan.seed ?? randomBytes(4).readUInt32LE();
  const ingredients = { seed, shuffled: plan.shuffled === true, surroundings: surroundingsOf(plan.device) };
  const share = { worker: 0, workers: 1 };
  const history: Uint8Array[] = [];
  let transmitter: PacketTransmitter;
  try {
    checkPlan(plan, 1, ingredients);
    const order = frameOrder(plan.source, share, ingredients);
    if (order === null) return; // checked: there is one
    transmitter = open(plan, remembering(order, history));
  } catch (error) {
    throw relocated(error, text);
  }
  const host = new Host(target);
  const pacer = pacerFor(plan.pace, share, plan.source.kind === 'frames' ? plan.source.at : undefined);
  const signal = interruption();
  const start = performance.now();
  let sent = 0;
  try {
    becomeUser(options.user, options.group);
    if (!(await host.answers()) && !signal.aborted) {
      throw new QuipuError('unreachable', `${target} does not answer pings: nothing was sent`);
    }
    while (sent < (plan.count ?? Number.POSITIVE_INFINITY) && !signal.aborted) {
      const { bytes } = transmitter;
      if (transmitter.send(1) === 0) {
        throw new QuipuError('link-failed', `${plan.device}: ${errnoText(transmitter.error)}`);
      }
      sent++;
      pacer?.step(1, transmitter.bytes - bytes);
      if (!(await host.answers()) && !signal.aborted) throw dead(target, sent, history, seed, options);
      const left = pacer === null ? 0 : start + pacer.due / 1e6 - performance.now();
      if (left > 0) await pause(left);
    }
  } finally {
    transmitter.close();
    host.close();
  }
  const result = { device: plan.device, target, answers: true, frames: sent, bytes: transmitter.bytes, seed };
  const line = `${sent} frames, ${transmitter.bytes} bytes; ${target} still answers\n`;
  process.stdout.write(options.json ? `${JSON.stringify(result)}\n` : line);
}

function open(plan: GeneratorPlan, order: FrameOrder): PacketTransmitter {
  const { device, ringFrames = 64, queueingDiscipline = false } = plan;
  const devices = new NetDevices();
  try {
    const interfaceIndex = devices.index(device);
    return new PacketTransmitter(order, { device, interfaceIndex, ringFrames, queueingDiscipline });
  } finally {
    devices.close();
  }
}

/** The same packets; those that were laid out last are kept. */
function remembering(order: FrameOrder, history: Uint8Array[]): FrameOrder {
  const remember = (packet: FrameTemplate): FrameTemplate => ({
    bytes: packet.bytes,
    changes: true,
    advance() {
      history.push(packet.bytes.slice());
      if (history.length > REMEMBERED) history.shift();
      if (packet.changes) packet.advance();
    },
  });
  return order.withPackets(order.packets.map(remember));
}

/** The host that is watched. */
class Host {
  private readonly socket: EchoSocket;
  private sequence = 0;

  constructor(address: string) {
    this.socket = new EchoSocket(address, randomBytes(2).readUInt16LE());
  }

  /** Pings until an answer comes, some seconds long at most. */
  async answers(): Promise<boolean> {
    const signal = interruption();
    for (let ping = 0; ping < PINGS; ping++) {
      this.socket.ask(++this.sequence);
      const end = performance.now() + PING_MS;
      do {
        if (this.socket.hears(this.sequence, SLICE_MS)) return true;
        await turn();
        if (signal.aborted) return false;
      } while (performance.now() < end);
    }
    return false;
  }

  close(): void {
    this.socket.close();
  }
}

function dead(
  target: string,
  sent: number,
  history: readonly Uint8Array[],
  seed: number,
  options: SendOptions,
): QuipuError {
  const first = sent - history.length + 1;
  if (options.json) {
    const packets = history.map((bytes) => Buffer.from(bytes).toString('hex'));
    process.stdout.write(`${JSON.stringify({ target, answers: false, frames: sent, packets, seed })}\n`);
  } else {
    for (const [i, bytes] of history.entries()) {
      const dump = hexText(bytes).trimEnd().replace(/^/gm, '# ');
      process.stdout.write(`${packetText(bytes, `packet ${first + i}, ${bytes.length} bytes`)}${dump}\n\n`);
    }
  }
  return new QuipuError(
    'unreachable',
    `${target} does not answer any more: ${PINGS} pings in ${(PINGS * PING_MS) / 1000} s after packet ${sent} (seed ${seed}); the last packets are on stdout, the newest last`,
  );
}
