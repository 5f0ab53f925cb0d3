import { z } from 'zod';
import type { Block, BlockClass, BlockContext, EnginePort } from '../../contract/block.js';
import { EGRESS } from '../../contract/direction.js';
import type { Frame } from '../../contract/frame.js';
import { CONSUMED, drop } from '../../contract/outcome.js';
import {
  ARP_LENGTH,
  ARP_REPLY,
  ARP_REQUEST,
  ARP_SENDER_IP,
  ARP_SENDER_MAC,
  ARP_TARGET_IP,
  arpOperation,
  emitArp,
  isArp,
} from '../../wire/arp.js';
import { ETHERNET_HEADER, ETHERTYPE_ARP, emitEthernet, formatMac } from '../../wire/ethernet.js';
import { formatIpv4 } from '../../wire/ipv4.js';
import { isAt } from '../address-map.js';
import type { InterfaceAddress } from '../addresses.js';
import type { Host } from '../host.js';
import type { Hosts } from '../hosts.js';
import type { HostInterface } from '../interface.js';
import type { Neighbour } from '../neighbours.js';
import { takeOver } from '../take-over.js';
import { hostOption, MOST_INTERFACES } from './options.js';

const MALFORMED = drop(0);
const BAD_SENDER = drop(1);
const BROADCAST = Uint8Array.of(0xff, 0xff, 0xff, 0xff, 0xff, 0xff);
const NOBODY = new Uint8Array(6);
const UNSPECIFIED = new Uint8Array(4);

const config = z.strictObject({ host: hostOption });

/** Makes the type of block that speaks ARP for a host. */
export function arpType(hosts: Hosts): BlockClass {
  return class Arp implements Block {
    static readonly kind = 'arp';
    static readonly summary = 'speaks ARP for a host: answers for its addresses and asks for those of others';
    static readonly mode = 'dual';
    static readonly ports = { ingress: 0, egress: MOST_INTERFACES };
    static readonly config = config;
    static readonly mainOption = 'host';
    static readonly counters = {
      requests: 'requests sent',
      replies: 'replies sent',
      learned: 'messages that told an address',
      conflicts: 'messages of others who use an address of ours',
    };
    static readonly drops = {
      malformed: 'not a message of ARP for IPv4 over Ethernet',
      'bad-sender': 'its sender is a group, or ourselves',
    };
    static readonly portable = false;
    static readonly shared = true;

    requests = 0;
    replies = 0;
    learned = 0;
    conflicts = 0;
    readonly host: Host;
    private readonly context: BlockContext;
    private readonly leave: () => void;

    constructor(context: BlockContext, options: z.infer<typeof config>) {
      this.host = hosts.get(options.host, context);
      this.context = context;
      const before = this.host.listeners.neighbourWork;
      this.leave = takeOver(this.host.listeners, 'neighbourWork', (family) => {
        if (family === 4) context.wakeAt(0);
        else before(family);
      });
    }

    receive(frame: Frame, engine: EnginePort): number {
      const { bytes, start, length } = frame;
      if (!isArp(bytes, start, length)) return MALFORMED;
      const { host } = this;
      const at = host.interface(frame.interfaceIndex);
      if (at === null || at.mac === null) return MALFORMED;
      if ((bytes[start + ARP_SENDER_MAC] & 1) !== 0) return BAD_SENDER;
      if (
        host.interfaces.some((one) => one.mac !== null && isAt(one.mac, bytes, start + ARP_SENDER_MAC, 6))
      ) {
        return BAD_SENDER;
      }
      const rival = this.rivalry(at, frame);
      if (rival !== null) this.conflict(at, rival, frame, engine);
      else {
        const target = at.addresses.find((one) => isAt(one.address, bytes, start + ARP_TARGET_IP, 4));
        const forUs = target?.isUsable === true;
        const operation = arpOperation(bytes, start);
        this.learn(at, frame, forUs, operation === ARP_REPLY);
        if (operation === ARP_REQUEST && forUs) this.answer(at, frame, engine);
      }
      this.arm(engine);
      return CONSUMED;
    }

    close(): void {
      this.leave();
    }

    wake(engine: EnginePort): void {
      for (const one of this.host.interfaces) {
        one.neighbours(4).expire();
        this.check(one, engine);
        this.host.expireAddresses(one);
      }
      const { solicitations } = this.host;
      for (let i = solicitations.length - 1; i >= 0; i--) {
        const { interface: at, neighbour, everybody } = solicitations[i];
        if (neighbour.address.length !== 4) continue;
        solicitations.splice(i, 1);
        this.ask(at, neighbour, everybody, engine);
      }
      this.arm(engine);
    }

    /** Asks whether addresses are somebody else's already, and tells that they are ours (RFC 5227 §2.1, §2.3). */
    private check(at: HostInterface, engine: EnginePort): void {
      const { host } = this;
      for (const one of at.addresses) {
        if (one.address.length !== 4) continue;
        for (let step = one.takeStep(host.now(), host.random); step !== null; ) {
          if (step === 'settle') host.settleAddress(at, one);
          else this.broadcast(at, step === 'probe' ? UNSPECIFIED : one.address, one.address, engine);
          step = one.takeStep(host.now(), host.random);
        }
      }
    }

    /** The address of ours that the sender uses, or asks for as we do (RFC 5227 §2.1.1); null: none. */
    private rivalry(at: HostInterface, { bytes, start }: Frame): InterfaceAddress | null {
      const isProbe = isAt(UNSPECIFIED, bytes, start + ARP_SENDER_IP, 4);
      for (const one of at.addresses) {
        if (one.address.length !== 4 || one.state === 'duplicate') continue;
        if (isAt(one.address, bytes, start + ARP_SENDER_IP, 4)) return one;
        const wanted = isProbe && one.isUnchecked && arpOperation(bytes, start) === ARP_REQUEST;
        if (wanted && isAt(one.address, bytes, start + ARP_TARGET_IP, 4)) return one;
      }
      return null;
    }

    private conflict(
      at: HostInterface,
      rival: InterfaceAddress,
      { bytes, start }: Frame,
      engine: EnginePort,
    ) {
      this.conflicts++;
      const address = formatIpv4(rival.address);
      const mac = formatMac(bytes, start + ARP_SENDER_MAC);
      const keep = rival.defend(this.host.now());
      this.context.log(
        `${mac} uses the address ${address} of ${at.name}: it is ${keep ? 'defended' : 'given up'}`,
      );
      this.context.emit('address-conflict', { interface: at.name, address, mac, lost: !keep });
      if (keep) this.broadcast(at, rival.address, rival.address, engine);
      else this.host.loseAddress(at, rival);
    }

    private broadcast(at: HostInterface, sender: Uint8Array, target: Uint8Array, engine: EnginePort): void {
      if (this.emit(at, BROADCAST, ARP_REQUEST, sender, NOBODY, target, engine)) this.requests++;
    }

    /** RFC 826: who is known already is brought up to date; somebody new is taken in when he talks to us. */
    private learn(at: HostInterface, { bytes, start }: Frame, forUs: boolean, isReply: boolean): void {
      const table = at.neighbours(4);
      const known = table.find(bytes, start + ARP_SENDER_IP, 4);
      if (known === undefined && !forUs) return;
      const sender = bytes.subarray(start + ARP_SENDER_IP, start + ARP_SENDER_IP + 4);
      if (sender[0] === 0 || sender[0] >= 0xe0) return; // a probe (RFC 5227), or no host's address
      const neighbour = known ?? table.enter(sender);
      if (neighbour === null) return;
      this.learned++;
      table.learn(neighbour, bytes, start + ARP_SENDER_MAC, isReply && forUs);
    }

    private answer(at: HostInterface, request: Frame, engine: EnginePort): void {
      const { bytes, start } = request;
      const target = bytes.subarray(start + ARP_TARGET_IP, start + ARP_TARGET_IP + 4);
      const mac = bytes.subarray(start + ARP_SENDER_MAC, start + ARP_SENDER_MAC + 6);
      const sender = bytes.subarray(start + ARP_SENDER_IP, start + ARP_SENDER_IP + 4);
      if (this.emit(at, mac, ARP_REPLY, target, mac, sender, engine)) this.replies++;
    }

    private ask(at: HostInterface, neighbour: Neighbour, everybody: boolean, engine: EnginePort): void {
      const { address } = neighbour;
      const own = this.host.destination(address, 0, 4);
      const source = own && this.host.sourceFor(own);
      if (!source) return;
      const to = everybody ? BROADCAST : neighbour.mac;
      if (this.emit(at, to, ARP_REQUEST, source, NOBODY, address, engine)) this.requests++;
    }

    private emit(
      at: HostInterface,
      to: Uint8Array,
      operation: number,
      senderIp: Uint8Array,
      targetMac: Uint8Array,
      targetIp: Uint8Array,
      engine: EnginePort,
    ): boolean {
      const frame = engine.create();
      if (frame === null || at.mac === null) return false;
      frame.length = ETHERNET_HEADER + ARP_LENGTH;
      emitEthernet(frame.bytes, frame.start, to, at.mac, ETHERTYPE_ARP);
      emitArp(frame.bytes, frame.start + ETHERNET_HEADER, operation, at.mac, senderIp, targetMac, targetIp);
      frame.direction = EGRESS;
      frame.interfaceIndex = at.index;
      engine.emit(frame, 2 * (at.index - 1) + EGRESS);
      return true;
    }

    private arm(engine: EnginePort): void {
      let next = Number.POSITIVE_INFINITY;
      for (const one of this.host.interfaces) {
        next = Math.min(next, one.neighbours(4).next);
        for (const { address, next: due } of one.addresses)
          if (address.length === 4) next = Math.min(next, due);
      }
      engine.wakeAt(next);
    }
  };
}
