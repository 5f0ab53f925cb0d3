import { z } from 'zod';
import type { Block, BlockClass, BlockContext, EnginePort } from '../../contract/block.js';
import { EGRESS, INGRESS } from '../../contract/direction.js';
import type { Frame } from '../../contract/frame.js';
import { drop, dropIndex, HELD, isDrop } from '../../contract/outcome.js';
import { ETHERNET_HEADER, ETHERTYPE_IPV4, ETHERTYPE_IPV6, emitEthernet } from '../../wire/ethernet.js';
import { IPV4_DESTINATION } from '../../wire/ipv4.js';
import { IPV6_DESTINATION, IPV6_SOURCE } from '../../wire/ipv6.js';
import { type CircuitPlace, circuitMtu } from '../circuits.js';
import { cut, longestPacket, mustStayWhole } from '../fragments/cut.js';
import { multicastMac } from '../group-mac.js';
import { type Destination, type Host, isGroup } from '../host.js';
import type { Hosts } from '../hosts.js';
import type { HostInterface } from '../interface.js';
import { needsZone } from '../source-selection.js';
import { takeOver } from '../take-over.js';
import { hostOption, MOST_INTERFACES } from './options.js';

const NO_ROUTE = drop(0);
const NO_HEADROOM = drop(1);
const OVERTAKEN = 2;
const REMOVED = 3;
const NO_FRAME = drop(4);
const CROWDED = drop(5);
/** Of the pool's frames, at most one in 2^2 waits for neighbours. */
const WAITING_SHARE = 2;
const WITHOUT_ROUTE = INGRESS;
const WITHOUT_NEIGHBOUR = INGRESS + 2;
const TOO_BIG = INGRESS + 4;
const BACK = INGRESS + 6;

const BROADCAST = Uint8Array.of(0xff, 0xff, 0xff, 0xff, 0xff, 0xff);

const config = z.strictObject({ host: hostOption });

/** Makes the type of block that sends packets on their way: behind the hook post-routing. */
export function ipOutputType(hosts: Hosts): BlockClass {
  return class IpOutput implements Block {
    static readonly kind = 'ip-output';
    static readonly summary =
      'finds the interface and the neighbour for a packet, and cuts what is too long; back go those without route (ingress), without neighbour (ingress1), too big (ingress2), and those for this host itself (ingress3)';
    static readonly mode = 'dual';
    static readonly ports = { ingress: 4, egress: MOST_INTERFACES };
    static readonly config = config;
    static readonly mainOption = 'host';
    static readonly counters = {
      packets: 'packets sent on their way',
      waited: 'packets that waited for a neighbour',
      back: 'packets from this host to itself',
      fragmented: 'packets cut into fragments',
      byCircuit: 'packets that left by a circuit',
    };
    static readonly drops = {
      'no-route': 'no hardware address stands for its destination',
      'no-headroom': 'no room in front of it for a link header',
      'too-many-waiting': 'it waited longest for a neighbour when more came',
      'block-removed': 'it waited for a neighbour when the block was removed',
      'no-frame': 'the pool has too few frames for its fragments, or the way carries no fragment of it',
      crowded: 'too many packets wait for neighbours already',
    };
    static readonly portable = false;
    static readonly shared = true;

    packets = 0;
    waited = 0;
    back = 0;
    fragmented = 0;
    byCircuit = 0;
    private waiting = 0;
    readonly host: Host;
    private readonly leave: () => void;
    private readonly context: BlockContext;
    private readonly groupMac = new Uint8Array(6);
    /** Fragments that follow the frame that has just got its port. */
    private readonly later: Frame[] = [];

    constructor(context: BlockContext, options: z.infer<typeof config>) {
      this.context = context;
      this.host = hosts.get(options.host, context);
      this.leave = takeOver(this.host.listeners, 'neighboursSettled', () => context.wakeAt(0));
    }

    receive(frame: Frame, engine: EnginePort): number {
      const { bytes, start } = frame;
      const length = bytes[start] >>> 4 === 4 ? 4 : 16;
      const at = start + (length === 4 ? IPV4_DESTINATION : IPV6_DESTINATION);
      // What is for the host itself never leaves it.
      if (frame.circuit !== 0 && !this.host.isLocal(bytes, at, length)) {
        const place = this.host.circuits.find(frame.circuit);
        if (place !== null) return this.sendByCircuit(frame, place, engine);
      }
      const destination = this.destinationOf(frame);
      if (destination === null) return WITHOUT_ROUTE;
      if (destination.interface === this.host.loopback) {
        this.back++;
        frame.direction = INGRESS;
        frame.interfaceIndex = 0;
        return BACK;
      }
      const { neighbour } = destination;
      if (neighbour === null) {
        return this.sendNow(
          frame,
          destination.interface,
          destination.mtu,
          this.macOfMany(bytes, at, length),
          engine,
        );
      }
      const table = destination.interface.neighbours(length);
      // Whoever sends to many addresses that nobody has must not get hold of the whole pool.
      const mayWait = this.waiting < this.context.pool.size >> WAITING_SHARE;
      if (neighbour.state === 'reachable') neighbour.wasUsed = true;
      if (neighbour.state === 'reachable' || table.use(neighbour, mayWait ? frame : null)) {
        return this.sendNow(frame, destination.interface, destination.mtu, neighbour.mac, engine);
      }
      if (!mayWait) return CROWDED;
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
          if (!neighbour.isResolved) engine.emit(frame, back(frame, WITHOUT_NEIGHBOUR));
          else this.emitHeld(frame, engine);
        }
      }
    }

    held(): number {
      return this.waiting;
    }

    close(engine: EnginePort): void {
      this.leave();
      for (const neighbour of this.host.settled) {
        for (const frame of neighbour.waiting) engine.discard(frame, REMOVED);
        neighbour.waiting = [];
      }
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
      const destination = this.destinationOf(frame);
      const mac = destination?.neighbour?.isResolved ? destination.neighbour.mac : null;
      const found = destination !== null && mac !== null;
      const port = found
        ? this.send(frame, destination.interface, destination.mtu, mac, engine)
        : WITHOUT_NEIGHBOUR;
      if (isDrop(port)) engine.discard(frame, dropIndex(port));
      else engine.emit(frame, port);
      this.emitLater(port, engine);
    }

    /** The way of a packet. Addresses of one link are those of the link from which it comes, or is answered. */
    private destinationOf({ bytes, start, interfaceIndex }: Frame): Destination | null {
      if (bytes[start] >>> 4 === 4) {
        const at = start + IPV4_DESTINATION;
        return this.host.destination(bytes, at, 4, isGroup(bytes, at, 4) ? interfaceIndex : 0);
      }
      const at = start + IPV6_DESTINATION;
      if (!needsZone(bytes, at, 16)) {
        return this.host.destination(bytes, at, 16, isGroup(bytes, at, 16) ? interfaceIndex : 0);
      }
      const zone = this.host.zoneOf(bytes, start + IPV6_SOURCE, 16);
      return this.host.destination(bytes, at, 16, zone === 0 ? interfaceIndex : zone);
    }

    /** No neighbour is asked for: a circuit has one other end. What it carries is agreed, so there is nothing to probe for. */
    private sendByCircuit(frame: Frame, place: CircuitPlace, engine: EnginePort): number {
      const mtu = circuitMtu(place);
      const isWhole = frame.segmentSize > 0 || mustStayWhole(frame.bytes, frame.start);
      if (isWhole && longestPacket(frame) > mtu) return TOO_BIG;
      this.byCircuit++;
      return this.sendNow(frame, place.interface, mtu, null, engine);
    }

    private sendNow(
      frame: Frame,
      out: HostInterface,
      mtu: number,
      mac: Uint8Array | null,
      engine: EnginePort,
    ): number {
      const port = this.send(frame, out, mtu, mac, engine);
      this.emitLater(port, engine);
      return port;
    }

    private emitLater(port: number, engine: EnginePort): void {
      for (const frame of this.later) engine.emit(frame, port);
      this.later.length = 0;
    }

    private discardOverflowed(engine: EnginePort): void {
      const { overflowed } = this.host;
      for (let frame = overflowed.pop(); frame !== undefined; frame = overflowed.pop()) {
        this.waiting--;
        engine.discard(frame, OVERTAKEN);
      }
    }

    /** Cuts what is too long, puts link headers on, if there are any, and answers the port. The rest is in `later`. */
    private send(
      frame: Frame,
      out: HostInterface,
      mtu: number,
      mac: Uint8Array | null,
      engine: EnginePort,
    ): number {
      const { bytes, start } = frame;
      const isFour = bytes[start] >>> 4 === 4;
      if (out.mac !== null && mac === null) return NO_ROUTE;
      const longest = longestPacket(frame);
      if (longest > mtu) {
        const whole = frame.segmentSize > 0 || mustStayWhole(bytes, start);
        // What must stay whole may be a probe for what the way carries: the link's own limit counts.
        if (whole && longest > out.mtu) return TOO_BIG;
        if (!whole) {
          const rest = cut(frame, mtu, this.context.pool.free, this.host.random(), engine);
          if (rest === null) return NO_FRAME;
          this.fragmented++;
          for (const one of rest) one.circuit = frame.circuit;
          this.later.push(...rest);
        }
      }
      const type = isFour ? ETHERTYPE_IPV4 : ETHERTYPE_IPV6;
      if (!this.address(frame, out, mac, type)) return NO_HEADROOM;
      for (const one of this.later) this.address(one, out, mac, type);
      return 2 * (out.index - 1) + EGRESS;
    }

    private address(frame: Frame, out: HostInterface, mac: Uint8Array | null, type: number): boolean {
      frame.interfaceIndex = out.index;
      frame.direction = EGRESS;
      if (out.mac !== null && mac !== null) {
        if (!frame.push(ETHERNET_HEADER)) return false;
        emitEthernet(frame.bytes, frame.start, mac, out.mac, type);
        frame.protocol = type;
      }
      this.packets++;
      return true;
    }

    /** Hardware address of a group (RFC 1112 §6.4, RFC 2464 §7); of what else goes to many, that of all. */
    private macOfMany(bytes: Uint8Array, at: number, length: number): Uint8Array {
      if (!isGroup(bytes, at, length)) return BROADCAST;
      if (length === 4 && bytes[at] === 0xff) return BROADCAST;
      return multicastMac(bytes, at, length, this.groupMac);
    }
  };
}

/** Turns a packet round that cannot leave, and answers the port that it was to be given. */
function back(frame: Frame, port: number): number {
  frame.direction = INGRESS;
  return port;
}
