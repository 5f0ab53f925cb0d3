import { readU32 } from '../wire/bytes.js';
import {
  findNdpOption,
  mtuOption,
  NDP_ROUTER_ADVERTISEMENT,
  ndpOptionEnd,
  ndpOptionsAt,
  OPTION_MTU,
  OPTION_PREFIX,
  OPTION_RESOLVERS,
  prefixOption,
  routerAdvertisement,
} from '../wire/ndp.js';
import { sameBytes } from './address-map.js';
import { autoconfigure } from './autoconfigure.js';
import type { Host } from './host.js';
import { masked } from './routes.js';
import { isLinkLocal } from './source-selection.js';

/** Of an interface, at most: what more is advertised is not taken in. */
const MOST_ROUTERS = 8;
const MOST_PREFIXES = 16;
const MOST_RESOLVERS = 8;
/** Metrics of advertised default routes: behind those set by hand; each interface has its own. */
const FIRST_METRIC = 1024;
/** RFC 4861 §10. */
const MOST_SOLICITATIONS = 3;
const SOLICITATION_DELAY = 1_000_000;
const SOLICITATION_INTERVAL = 4_000_000;
const LEAST_MTU = 1280;
const FOR_EVER = 0xffff_ffff;
const MOST_MILLIS = 3_600_000;

interface Advertised {
  readonly address: Uint8Array;
  until: number;
}

interface Prefix extends Advertised {
  readonly bits: number;
}

/** What routers on one interface have said: default routers, prefixes on the link, resolvers (RFC 4861 §6.3, RFC 8106). */
export class RouterList {
  /** In the order in which they are tried. */
  readonly routers: Advertised[] = [];
  readonly prefixes: Prefix[] = [];
  readonly resolvers: Advertised[] = [];
  private readonly host: Host;
  private readonly index: number;
  private solicitations = 0;
  private solicitAt = Number.POSITIVE_INFINITY;

  constructor(host: Host, index: number) {
    this.host = host;
    this.index = index;
  }

  /** When something ends. */
  get next(): number {
    let next = this.solicitAt;
    for (const list of [this.routers, this.prefixes, this.resolvers]) {
      for (const { until } of list) next = Math.min(next, until);
    }
    return next;
  }

  /** Begins to ask for routers, after a pause by chance, so that many hosts do not ask at once (RFC 4861 §6.3.7). */
  solicit(): void {
    this.solicitations = MOST_SOLICITATIONS;
    this.solicitAt = this.host.now() + (this.host.random() % SOLICITATION_DELAY);
    this.host.listeners.neighbourWork(6);
  }

  /** True when a solicitation is to be sent now. */
  takeSolicitation(): boolean {
    const now = this.host.now();
    if (this.solicitAt > now) return false;
    this.solicitations--;
    this.solicitAt = this.solicitations > 0 ? now + SOLICITATION_INTERVAL : Number.POSITIVE_INFINITY;
    return true;
  }

  /** Takes in an advertisement that has passed `isNdp`: `length` bytes at `at`, from a router's link-local address. */
  receive(from: Uint8Array, bytes: Uint8Array, at: number, length: number): void {
    const { host } = this;
    const out = host.interface(this.index);
    if (out === null) return;
    const now = host.now();
    const said = routerAdvertisement(bytes, at);
    if (said.lifetimeSeconds > 0) this.solicitAt = Number.POSITIVE_INFINITY;
    const times = [said.reachableMillis, said.retransmitMillis].map((n) => (n <= MOST_MILLIS ? n * 1000 : 0));
    out.neighbours(16).setTimes(times[0], times[1]);
    if (keep(this.routers, { address: from, until: untilOf(said.lifetimeSeconds, now) }, now, MOST_ROUTERS)) {
      this.placeRoutes();
    }
    const end = at + length;
    const begin = at + ndpOptionsAt(NDP_ROUTER_ADVERTISEMENT);
    const mtuAt = findNdpOption(bytes, begin, end, OPTION_MTU);
    const mtu = mtuAt < 0 ? 0 : mtuOption(bytes, mtuAt);
    if (mtu >= LEAST_MTU && mtu <= out.mtu && mtu !== out.mtu6) {
      out.mtu6 = mtu;
      host.changed();
    }
    let option = findNdpOption(bytes, begin, end, OPTION_PREFIX);
    for (; option >= 0; option = findNdpOption(bytes, ndpOptionEnd(bytes, option), end, OPTION_PREFIX)) {
      this.takePrefix(prefixOption(bytes, option), now);
    }
    option = findNdpOption(bytes, begin, end, OPTION_RESOLVERS);
    for (; option >= 0; option = findNdpOption(bytes, ndpOptionEnd(bytes, option), end, OPTION_RESOLVERS)) {
      const until = untilOf(readU32(bytes, option + 4), now);
      for (let i = option + 8; i < ndpOptionEnd(bytes, option); i += 16) {
        keep(this.resolvers, { address: bytes.slice(i, i + 16), until }, now, MOST_RESOLVERS);
      }
    }
  }

  /** Drops what has ended. */
  expire(): void {
    const now = this.host.now();
    for (const { address, bits } of ended(this.prefixes, now)) this.removePrefix(address, bits);
    if (ended(this.routers, now).length > 0) this.placeRoutes();
    ended(this.resolvers, now);
  }

  /** A router does not answer: the others are tried before it (RFC 4861 §6.3.6). */
  demote(address: Uint8Array): void {
    const at = this.routers.findIndex((one) => sameBytes(one.address, address));
    if (at < 0 || this.routers.length < 2) return;
    this.routers.push(...this.routers.splice(at, 1));
    this.placeRoutes();
  }

  /** It is no router any more (RFC 4861 §7.2.5). */
  remove(address: Uint8Array): void {
    const at = this.routers.findIndex((one) => sameBytes(one.address, address));
    if (at < 0) return;
    this.routers.splice(at, 1);
    this.placeRoutes();
  }

  private takePrefix(said: ReturnType<typeof prefixOption>, now: number): void {
    const { bits, prefix, validSeconds } = said;
    if (bits > 128 || prefix[0] === 0xff || isLinkLocal(prefix, 0, 16)) return;
    const address = masked(prefix, bits);
    const out = this.host.interface(this.index);
    if (said.onLink) {
      const known = this.prefixes.some((one) => one.bits === bits && sameBytes(one.address, address));
      if (!known && validSeconds > 0 && this.prefixes.length < MOST_PREFIXES) {
        this.prefixes.push({ address, bits, until: 0 });
        const route = { prefix: address, bits, gateway: null, interface: this.index };
        this.host.addRoute({ ...route, metric: FIRST_METRIC + this.index, learned: true });
      }
      const kept = this.prefixes.find((one) => one.bits === bits && sameBytes(one.address, address));
      if (kept) kept.until = untilOf(validSeconds, now);
      if (validSeconds === 0) this.expire();
    }
    if (said.autonomous && out) {
      const preferredUntil = untilOf(said.preferredSeconds, now);
      autoconfigure(this.host, out, address, bits, preferredUntil, untilOf(validSeconds, now));
    }
  }

  private removePrefix(prefix: Uint8Array, bits: number): void {
    this.host.removeRoutes(
      16,
      (route) =>
        route.learned === true &&
        route.interface === this.index &&
        route.gateway === null &&
        route.bits === bits &&
        sameBytes(route.prefix, prefix),
    );
  }

  /** Makes the default routes those of the list, in its order. */
  private placeRoutes(): void {
    const { host, index } = this;
    host.removeRoutes(16, (one) => one.learned === true && one.interface === index && one.gateway !== null);
    for (const [i, { address }] of this.routers.entries()) {
      const metric = FIRST_METRIC + MOST_ROUTERS * index + i;
      const prefix = new Uint8Array(16);
      host.addRoute({ prefix, bits: 0, gateway: address, interface: index, metric, learned: true });
    }
  }
}

function untilOf(seconds: number, now: number): number {
  return seconds === FOR_EVER ? Number.POSITIVE_INFINITY : now + seconds * 1_000_000;
}

/** Takes one in, or brings it up to date; ended already, takes it out. True when the list has another member now. */
function keep(list: Advertised[], one: Advertised, now: number, most: number): boolean {
  const at = list.findIndex((other) => sameBytes(other.address, one.address));
  if (one.until <= now) {
    if (at >= 0) list.splice(at, 1);
    return at >= 0;
  }
  if (at >= 0) {
    list[at].until = one.until;
    return false;
  }
  if (list.length >= most) return false;
  list.push(one);
  return true;
}

/** Takes out those whose time has come. */
function ended<T extends Advertised>(list: T[], now: number): T[] {
  const gone = list.filter((one) => one.until <= now);
  if (gone.length > 0) list.splice(0, list.length, ...list.filter((one) => one.until > now));
  return gone;
}
