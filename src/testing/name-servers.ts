import { type Answer, decode, encode, type Packet, TRUNCATED_RESPONSE } from 'dns-packet';
import type { Line, LineUser, NameServer, ResolverEnvironment } from '../api/host/resolver/contract.js';
import { seededRandom } from './random.js';

/** A question that came to a server. */
export interface Asked {
  readonly server: NameServer;
  readonly by: 'datagrams' | 'stream';
  /** Microseconds since the beginning. */
  readonly at: number;
  readonly packet: Packet;
  readonly bytes: Buffer;
  /** Lets a datagram, or a packet of a stream, come from somebody. */
  reply(bytes: Uint8Array, from?: NameServer): void;
  /** Nobody is there. */
  fail(): void;
}

/** Name servers and time for a resolver: nothing happens but what a test has happen. */
export class FakeNameServers implements ResolverEnvironment {
  /** Every question that came. */
  readonly asked: Asked[] = [];
  /** Lines that are open now. */
  open = 0;
  private time = 0;
  private readonly timers = new Set<{ readonly at: number; readonly work: () => void }>();
  private readonly answer: (asked: Asked) => void;
  readonly random = seededRandom(1);

  /** `answer` is called for each question, a moment after it came. */
  constructor(answer: (asked: Asked) => void) {
    this.answer = answer;
  }

  now(): number {
    return this.time;
  }

  after(micros: number, work: () => void): () => void {
    const timer = { at: this.time + micros, work };
    this.timers.add(timer);
    return () => this.timers.delete(timer);
  }

  datagrams(server: NameServer, user: LineUser): Line {
    return this.line(server, 'datagrams', user);
  }

  stream(server: NameServer, user: LineUser): Line {
    return this.line(server, 'stream', user);
  }

  /** Lets so much time pass. */
  elapse(micros: number): void {
    const end = this.time + micros;
    for (;;) {
      const due = [...this.timers].filter(({ at }) => at <= end).sort((a, b) => a.at - b.at)[0];
      if (due === undefined) break;
      this.timers.delete(due);
      this.time = Math.max(this.time, due.at);
      due.work();
    }
    this.time = end;
  }

  private line(server: NameServer, by: 'datagrams' | 'stream', user: LineUser): Line {
    this.open++;
    return {
      close: () => {
        this.open--;
      },
      send: (sent) => {
        const bytes = Buffer.from(sent.subarray(by === 'stream' ? 2 : 0));
        const asked: Asked = {
          ...{ server, by, at: this.time, bytes, packet: decode(bytes) },
          reply: (reply, from = server) => {
            for (const piece of pieces(reply, by)) this.after(1, () => user.heard(piece, from));
          },
          fail: () => void this.after(1, () => user.failed()),
        };
        this.asked.push(asked);
        this.after(1, () => this.answer(asked));
      },
    };
  }
}

/** An answer to a question, with records and whatever of it is to be otherwise; `code` is that of an error. */
export function answerTo(
  { packet }: Asked,
  answers: readonly Answer[],
  code = 0,
  change: Partial<Packet> = {},
): Buffer {
  const { id = 0, questions = [] } = packet;
  return encode({ type: 'response', id, flags: code, questions, answers: [...answers], ...change });
}

/** An answer that says no more than that it does not fit. */
export function cutAnswer(asked: Asked): Buffer {
  return answerTo(asked, [], TRUNCATED_RESPONSE);
}

/** A datagram comes as it is, a stream in pieces, with the length of the packet in front. */
function pieces(bytes: Uint8Array, by: 'datagrams' | 'stream'): Uint8Array[] {
  if (by === 'datagrams') return [bytes];
  const framed = Buffer.concat([Uint8Array.of(bytes.length >>> 8, bytes.length & 0xff), bytes]);
  return [framed.subarray(0, 1), framed.subarray(1, 100), framed.subarray(100)];
}
