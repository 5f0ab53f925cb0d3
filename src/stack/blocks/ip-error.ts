import { z } from 'zod';
import type { Block, BlockClass, BlockContext, EnginePort } from '../../contract/block.js';
import { EGRESS, INGRESS } from '../../contract/direction.js';
import type { Frame } from '../../contract/frame.js';
import { CONSUMED, drop } from '../../contract/outcome.js';
import { IPV4_DESTINATION, IPV4_HEADER, IPV4_SOURCE } from '../../wire/ipv4.js';
import { IPV6_DESTINATION, IPV6_HEADER, IPV6_SOURCE, ipv6HeaderLength } from '../../wire/ipv6.js';
import { nextHeaderFieldAt } from '../../wire/ipv6-fragment.js';
import { circuitMtu } from '../circuits.js';
import type { Host } from '../host.js';
import type { Hosts } from '../hosts.js';
import { type Complaint, codes4, codes6, complaints } from '../icmp/complaints.js';
import { ErrorBudget } from '../icmp/error-budget.js';
import { Refusal, refusalOf } from '../icmp/may-complain.js';
import { writeComplaint } from '../icmp/write-complaint.js';
import { hostOption } from './options.js';

const LIMITED = drop(5);
const NO_WAY = drop(6);
const NO_FRAME = drop(7);

const config = z.strictObject({
  host: hostOption,
  about: z
    .enum(complaints)
    .exclude(['bad-header'])
    .describe('why the packets that come here went no further'),
});

/** Makes the type of block to which packets go that went no further: their senders are told why (ICMP). */
export function ipErrorType(hosts: Hosts): BlockClass {
  const budgets = new WeakMap<Host, ErrorBudget>();
  return class IpError implements Block {
    static readonly kind = 'ip-error';
    static readonly summary =
      'tells senders by ICMP why their packets went no further: others by egress, this host itself by ingress';
    static readonly mode = 'dual';
    static readonly ports = { ingress: 1, egress: 1 };
    static readonly config = config;
    static readonly mainOption = 'about';
    static readonly counters = { told: 'errors sent' };
    static readonly drops = {
      malformed: 'no whole IP header: nobody can be told',
      'icmp-error': 'itself an ICMP error, or may be one: no error is sent about errors',
      'to-group': 'addressed to a group',
      'bad-source': 'its source is not one host',
      'later-fragment': 'a fragment but the first',
      limited: 'too many errors were sent lately',
      'no-way': 'no route leads to its sender, or there is no address to send from',
      'no-frame': 'the pool is empty, or its frames are too short',
    };
    static readonly portable = false;
    // The right to send errors is one for the host.
    static readonly shared = true;

    told = 0;
    readonly host: Host;
    private readonly about: Complaint;
    private readonly budget: ErrorBudget;
    private readonly context: BlockContext;

    constructor(context: BlockContext, options: z.infer<typeof config>) {
      this.context = context;
      this.host = hosts.get(options.host, context);
      this.about = options.about;
      this.budget = budgets.get(this.host) ?? new ErrorBudget();
      budgets.set(this.host, this.budget);
    }

    receive(frame: Frame, engine: EnginePort): number {
      const { bytes, start, length } = frame;
      const { host, about } = this;
      const refusal = refusalOf(bytes, start, length, frame.packetType, about);
      if (refusal !== Refusal.none) return drop(refusal);
      const isFour = bytes[start] >>> 4 === 4;
      const size = isFour ? 4 : 16;
      const sourceAt = start + (isFour ? IPV4_SOURCE : IPV6_SOURCE);
      const destinationAt = start + (isFour ? IPV4_DESTINATION : IPV6_DESTINATION);
      const isOurs = host.isLocal(bytes, sourceAt, size);
      const source = this.speaker(bytes, sourceAt, destinationAt, size, isOurs);
      if (source === null) return NO_WAY;
      if (!isOurs && !this.budget.take(engine.now())) return LIMITED;
      const { maxLength } = this.context.pool;
      const answer = maxLength < (isFour ? 2 * IPV4_HEADER : 2 * IPV6_HEADER) + 16 ? null : engine.create();
      if (answer === null) return NO_FRAME;
      writeComplaint(answer, maxLength, bytes, start, length, (isFour ? codes4 : codes6)[about], {
        ...{ source, destination: bytes.slice(sourceAt, sourceAt + size), hopLimit: host.hopLimit },
        ...{ identification: host.random() & 0xffff, second: this.second(frame) },
      });
      this.told++;
      answer.interfaceIndex = frame.interfaceIndex;
      answer.direction = isOurs ? INGRESS : EGRESS;
      engine.emit(answer, answer.direction);
      return CONSUMED;
    }

    /** The address that speaks: the one addressed if it is ours, else the one towards the sender (RFC 1812 §4.3.2.4, RFC 4443 §2.2). */
    private speaker(bytes: Uint8Array, from: number, to: number, size: number, isOurs: boolean) {
      if (isOurs) return bytes.slice(from, from + size);
      if (this.host.isLocal(bytes, to, size)) return bytes.slice(to, to + size);
      const back = this.host.destination(bytes, from, size);
      return back && this.host.sourceFor(back);
    }

    /** The message's second word: what the way carries, or where the unknown protocol's number stands. */
    private second({ bytes, start, length, circuit }: Frame): number {
      const isFour = bytes[start] >>> 4 === 4;
      if (this.about === 'too-big') {
        const place = this.host.circuits.find(circuit);
        if (place !== null) return circuitMtu(place);
        const at = start + (isFour ? IPV4_DESTINATION : IPV6_DESTINATION);
        const way = this.host.destination(bytes, at, isFour ? 4 : 16);
        return way?.mtu ?? 0;
      }
      if (this.about !== 'no-protocol' || isFour) return 0;
      return nextHeaderFieldAt(bytes, start, ipv6HeaderLength(bytes, start, length));
    }
  };
}
