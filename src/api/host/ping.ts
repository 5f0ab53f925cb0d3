import { QuipuError } from '../../contract/error.js';
import type { IcmpService } from '../../stack/blocks/icmp.js';
import type { Complaint } from '../../stack/icmp/complaints.js';
import type { EchoAnswer } from '../../stack/icmp/echoes.js';
import type { SendFailure } from '../../stack/send-packet.js';
import type { HostDriver } from './driver.js';
import { addressBytes, addressText } from './inet-text.js';

/** Longest echo whose packet IPv4 can still count. */
const LARGEST = 65_507;

export interface PingOptions {
  /** Bytes behind the ICMP header, 0 to 65507; default 56. */
  readonly size?: number;
  /** Time to live, 1 to 255; default: what the host's packets have. */
  readonly ttl?: number;
  /** Milliseconds; default 1000. */
  readonly timeout?: number;
}

/** What became of an echo request. Times in milliseconds. */
export type PingAnswer =
  | {
      readonly what: 'reply';
      readonly from: string;
      readonly time: number;
      readonly size: number;
      readonly ttl: number;
    }
  /** A router, or the host itself, says why it went no further. `mtu`: what the way carries, where that was the reason. */
  | {
      readonly what: 'error';
      readonly from: string;
      readonly time: number;
      readonly reason: Complaint;
      readonly mtu: number;
    }
  | { readonly what: 'timeout' }
  /** It could not be sent. */
  | { readonly what: 'unsent'; readonly code: SendFailure };

/** What pings of a host share. */
export interface PingHost {
  readonly service: IcmpService;
  readonly driver: Pick<HostDriver, 'tell' | 'kick'>;
}

/** Sends an echo request and waits for what becomes of it. Throws QuipuError for what is no address, or out of range. */
export function ping(host: PingHost, address: string, options: PingOptions = {}): Promise<PingAnswer> {
  const { size = 56, ttl, timeout = 1000 } = options;
  const remote = addressBytes(address);
  if (remote === null) throw new QuipuError('bad-request', `${address} is no IP address`);
  inRange('size', size, 0, LARGEST);
  if (ttl !== undefined) inRange('ttl', ttl, 1, 255);
  inRange('timeout', timeout, 1, 3_600_000);
  return new Promise((resolve) => {
    host.service.ping({
      ...{ remote, size, hopLimit: ttl ?? null, timeout: timeout * 1000 },
      told: (answer) => host.driver.tell(() => resolve(inMillis(answer))),
    });
    host.driver.kick();
  });
}

export interface TracerouteOptions {
  /** Hops at most; default 30. */
  readonly hops?: number;
  /** Requests for each hop; default 3. */
  readonly queries?: number;
  /** Milliseconds for each; default 1000. */
  readonly timeout?: number;
}

export interface Hop {
  /** From 1 on. */
  readonly hop: number;
  readonly answers: readonly PingAnswer[];
}

/** Goes along the way to a host, by echo requests that live a hop longer each; ends with the host, or where nothing leads on. */
export async function* traceroute(
  host: PingHost,
  address: string,
  options: TracerouteOptions = {},
): AsyncGenerator<Hop, void> {
  const { hops = 30, queries = 3, timeout = 1000 } = options;
  inRange('hops', hops, 1, 255);
  inRange('queries', queries, 1, 16);
  for (let hop = 1; hop <= hops; hop++) {
    const asked = Array.from({ length: queries }, () => ping(host, address, { ttl: hop, timeout }));
    const answers = await Promise.all(asked);
    yield { hop, answers };
    const isEnd = (one: PingAnswer) =>
      one.what !== 'timeout' && !(one.what === 'error' && one.reason === 'expired');
    if (answers.some(isEnd)) return;
  }
}

function inMillis(answer: EchoAnswer): PingAnswer {
  if (answer.what === 'timeout') return answer;
  if (answer.what === 'unsent') return { what: 'unsent', code: answer.failure };
  const [from, time] = [addressText(answer.from), answer.time / 1000];
  return answer.what === 'reply'
    ? { what: 'reply', from, time, size: answer.size, ttl: answer.hopLimit }
    : { what: 'error', from, time, reason: answer.complaint, mtu: answer.mtu };
}

function inRange(name: string, value: number, least: number, most: number): void {
  if (Number.isInteger(value) && value >= least && value <= most) return;
  throw new QuipuError('bad-request', `${name} is ${least} to ${most}, not ${value}`);
}
