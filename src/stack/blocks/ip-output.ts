import { z } from 'zod';
import type { Block, BlockClass, BlockContext, EnginePort } from '../../contract/block.js';
import { EGRESS } from '../../contract/direction.js';
import type { Frame } from '../../contract/frame.js';
import { drop, HELD } from '../../contract/outcome.js';
import { ETHERNET_HEADER, ETHERTYPE_IPV4, ETHERTYPE_IPV6, emitEthernet } from '../../wire/ethernet.js';
import { IPV4_DESTINATION } from '../../wire/ipv4.js';
import { IPV6_DESTINATION } from '../../wire/ipv6.js';
import { type Destination, type Host, isGroup } from '../host.js';
import type { Hosts } from '../hosts.js';
import { hostOption, MOST_INTERFACES } from './options.js';

const NO_ROUTE = drop(0);
const NO_HEADROOM = drop(1);
const TOO_LONG = drop(2);
const UNREACHABLE = 3;
const OVERTAKEN = 4;
const REMOVED = 5;

const BROADCAST = Uint8Array.of(0xff, 0xff, 0xff, 0xff, 0xff, 0xff);

const config = z.strictObject({ host: hostOption });

/** Makes the type of block that sends packets on their way: behind the hook post-routing. */
export function ipOutputType(hosts: Hosts): BlockClass {
  return class IpOutput implements Block {
    static readonly kind = 'ip-output';
    static readonly summary =
      'finds the interface and the neighbour for a packet, and puts the link header on';
    static readonly mode = 'dual';
    static readonly ports = { ingress: 0, egress: MOST_INTERFACES };
    static readonly config = config;
    static readonly mainOption = 'host';
    static readonly counters = {
      packets: 'packets sent on their way',
      waited: 'packets that waited for a neighbour',
    };
    static readonly drops = {
      'no-route': 'no route leads to its destination',
      'no-headroom': 'no room in front of it for a link header',
      'too-long': 'longer than the way carries',
      unreachable: 'the neighbour that it was for did not answer',
      'too-many-waiting': 'it waited longest for a neighbour when more came',
      'block-removed': 'it waited for a neighbour when the block was removed',
    };
    static readonly portable = false;
    static readonly shared = true;

    packets = 0;
    waited = 0;
    private waiting = 0;
    readonly host: Host;
    private readonly groupMac = new Uint8Array(6);

    constructor(context: BlockContext, options: z.infer<typeof config>) {
      this.host = hosts.get(options.host, context);
      this.host.listeners.neighboursSettled = () => context.wakeAt(0);
    }

    receive(frame: Frame, engine: EnginePort): number {
      const { bytes, start } = frame;
      const length = bytes[start] >>> 4 === 4 ? 4 : 16;
      const at = start + (length === 4 ? IPV4_DESTINATION : IPV6_DESTINATION);
      const destination = this.host.destination(bytes, at, length);
      if (destination === null) return NO_ROUTE;
      if (frame.length > destination.interface.mtu) return TOO_LONG;
      const { neighbour } = destination;
      if (neighbour === null) return this.send(frame, destination, this.macOfGroup(bytes, at, length));
      const table = destination.interface.neighbours(length);
      if (neighbour.state === 'reachable' || table.use(neighbour, frame)) {
        return this.send(frame, destination, neighbour.mac);
      }
      this.waited++;
      this.waiting++;
      this.discardOverflowed(engine);
      return HELD;
    }

    wake(engine: EnginePort): void {
      this.discardOverflowed(engine);
      const { settled } = this.host;
      for (let neighbour = settled.pop(); neighbour !== undefined; neighbour = settled.pop()) {
        const frames = neighbour.waiting;
        neighbour.waiting = [];
        for (const frame of frames) {
          this.waiting--;
          if (!neighbour.isResolved) engine.discard(frame, UNREACHABLE);
          else this.emitHeld(frame, engine);
        }
      }
    }

    held(): number {
      return this.waiting;
    }

    close(engine: EnginePort): void {
      for (const one of this.host.interfaces) {
        for (const family of [4, 16]) {
          for (const neighbour of one.neighbours(family).list) {
            for (const frame of neighbour.waiting) engine.discard(frame, REMOVED);
            neighbour.waiting = [];
          }
        }
      }
      this.waiting = 0;
    }

    /** A packet that waited goes through the same again: the route may have changed meanwhile. */
    private emitHeld(frame: Frame, engine: EnginePort): void {
      const { bytes, start } = frame;
      const length = bytes[start] >>> 4 === 4 ? 4 : 16;
      const at = start + (length === 4 ? IPV4_DESTINATION : IPV6_DESTINATION);
      const destination = this.host.destination(bytes, at, length);
      const mac = destination?.neighbour?.isResolved ? destination.neighbour.mac : null;
      const port = destination === null ? -1 : this.send(frame, destination, mac);
      if (port < 0) engine.discard(frame, UNREACHABLE);
      else engine.emit(frame, port);
    }

    private discardOverflowed(engine: EnginePort): void {
      const { overflowed } = this.host;
      for (let frame = overflowed.pop(); frame !== undefined; frame = overflowed.pop()) {
        this.waiting--;
        engine.discard(frame, OVERTAKEN);
      }
    }

    /** Puts the link header on, if there is one, and answers the port. */
    private send(frame: Frame, destination: Destination, mac: Uint8Array | null): number {
      const { interface: out } = destination;
      frame.interfaceIndex = out.index;
      frame.direction = EGRESS;
      if (out.mac !== null) {
        if (mac === null) return NO_ROUTE;
        const type = frame.bytes[frame.start] >>> 4 === 4 ? ETHERTYPE_IPV4 : ETHERTYPE_IPV6;
        if (!frame.push(ETHERNET_HEADER)) return NO_HEADROOM;
        emitEthernet(frame.bytes, frame.start, mac, out.mac, type);
        frame.protocol = type;
      }
      this.packets++;
      return 2 * (out.index - 1) + EGRESS;
    }

    /** Hardware address of a group (RFC 1112 §6.4, RFC 2464 §7). */
    private macOfGroup(bytes: Uint8Array, at: number, length: number): Uint8Array | null {
      if (!isGroup(bytes, at, length)) return null;
      const { groupMac } = this;
      if (length === 16) {
        groupMac[0] = 0x33;
        groupMac[1] = 0x33;
        for (let i = 0; i < 4; i++) groupMac[2 + i] = bytes[at + 12 + i];
        return groupMac;
      }
      if (bytes[at] === 0xff) return BROADCAST;
      groupMac[0] = 0x01;
      groupMac[1] = 0x00;
      groupMac[2] = 0x5e;
      groupMac[3] = bytes[at + 1] & 0x7f;
      groupMac[4] = bytes[at + 2];
      groupMac[5] = bytes[at + 3];
      return groupMac;
    }
  };
}
