import { readU32 } from '../wire/bytes.js';

/**
 * States of RFC 4862 §5.4 and RFC 4429. `tentative`: not to be used yet. `optimistic`: in use while others are asked
 * whether it is theirs. `deprecated`: not for new conversations. `duplicate`: somebody else's.
 */
export type AddressState = 'tentative' | 'optimistic' | 'preferred' | 'deprecated' | 'duplicate';
export type AddressOrigin = 'manual' | 'link-local' | 'router';

export interface AddressOptions {
  /** Whether others are asked for the address before it is used, while it is used, or (the default) not at all. */
  readonly check?: 'before' | 'meanwhile';
  readonly origin?: AddressOrigin;
  /** Microseconds of the host's clock; default: for ever. */
  readonly preferredUntil?: number;
  readonly validUntil?: number;
  /** Its network is on the link, and gets a route; default true. */
  readonly onLink?: boolean;
}

/** What duplicate detection does next for an address. */
export type CheckStep = 'probe' | 'settle' | 'announce' | null;

interface CheckTimes {
  readonly probes: number;
  /** Longest wait before the first probe. */
  readonly before: number;
  /** Between probes: at least, and by how much longer at most. */
  readonly gap: number;
  readonly spread: number;
  /** From the last probe until the address is one's own. */
  readonly after: number;
  readonly announcements: number;
  readonly announceGap: number;
}

const SECOND = 1_000_000;
/** RFC 5227 §1.1. */
const checkTimes4: CheckTimes = {
  ...{ probes: 3, before: SECOND, gap: SECOND, spread: SECOND, after: 2 * SECOND },
  ...{ announcements: 2, announceGap: 2 * SECOND },
};
/** RFC 4862 §5.1, §5.4.2; the announcement is that of RFC 9131. */
const checkTimes6: CheckTimes = {
  ...{ probes: 1, before: SECOND, gap: SECOND, spread: 0, after: SECOND },
  ...{ announcements: 1, announceGap: SECOND },
};
/** After a defence, another conflict within this time costs the address (RFC 5227 §2.4). */
const DEFEND_INTERVAL = 10 * SECOND;

/** An address of an interface. */
export class InterfaceAddress {
  readonly address: Uint8Array;
  /** Length of the network's prefix. */
  readonly bits: number;
  readonly origin: AddressOrigin;
  readonly onLink: boolean;
  state: AddressState;
  preferredUntil: number;
  validUntil: number;
  /** When the next step of duplicate detection is due. */
  checkAt = Number.POSITIVE_INFINITY;
  private probes = 0;
  private announcements = 0;
  private defendedAt = Number.NEGATIVE_INFINITY;

  constructor(address: Uint8Array, bits: number, options: AddressOptions) {
    this.address = address.slice();
    this.bits = bits;
    this.origin = options.origin ?? 'manual';
    this.onLink = options.onLink ?? true;
    this.preferredUntil = options.preferredUntil ?? Number.POSITIVE_INFINITY;
    this.validUntil = options.validUntil ?? Number.POSITIVE_INFINITY;
    this.state =
      options.check === 'before' ? 'tentative' : options.check === 'meanwhile' ? 'optimistic' : 'preferred';
  }

  /** Packets may be sent from it, and are taken for it. */
  get isUsable(): boolean {
    return this.state !== 'tentative' && this.state !== 'duplicate';
  }

  /** Nobody has been able to object yet. */
  get isUnchecked(): boolean {
    return this.state === 'tentative' || this.state === 'optimistic';
  }

  /** When something is to be done about it. */
  get next(): number {
    const change = this.state === 'preferred' ? this.preferredUntil : this.validUntil;
    return Math.min(this.checkAt, change, this.validUntil);
  }

  startCheck(now: number, random: () => number): void {
    const times = this.times;
    this.probes = times.probes;
    this.announcements = times.announcements;
    // An address in use cannot wait to be asked about.
    this.checkAt = now + (this.state === 'tentative' ? random() % times.before : 0);
  }

  stopCheck(): void {
    this.checkAt = Number.POSITIVE_INFINITY;
  }

  /** The step that is due by now; null: none. */
  takeStep(now: number, random: () => number): CheckStep {
    if (this.checkAt > now) return null;
    const times = this.times;
    if (this.probes > 0) {
      this.probes--;
      const gap = times.gap + (times.spread > 0 ? random() % times.spread : 0);
      this.checkAt = now + (this.probes > 0 ? gap : times.after);
      return 'probe';
    }
    if (this.isUnchecked) {
      this.checkAt = now;
      return 'settle';
    }
    this.announcements--;
    this.checkAt = this.announcements > 0 ? now + times.announceGap : Number.POSITIVE_INFINITY;
    return 'announce';
  }

  /** Somebody else uses it. True: it is to be defended by an announcement; false: it is to be given up. */
  defend(now: number): boolean {
    if (this.isUnchecked || now - this.defendedAt < DEFEND_INTERVAL) return false;
    this.defendedAt = now;
    return true;
  }

  private get times(): CheckTimes {
    return this.address.length === 4 ? checkTimes4 : checkTimes6;
  }
}

/** True for the address of all hosts on a network of one of the addresses (RFC 1122 §3.2.1.3 d); IPv4. */
export function isBroadcastOf(
  addresses: readonly InterfaceAddress[],
  bytes: Uint8Array,
  at: number,
): boolean {
  for (const one of addresses) {
    // Networks of two addresses, or one, have none (RFC 3021).
    if (one.address.length !== 4 || !one.isUsable || one.bits > 30) continue;
    const rest = 0xffff_ffff >>> one.bits;
    if (((readU32(bytes, at) ^ readU32(one.address, 0)) | rest) >>> 0 !== rest) continue;
    if ((readU32(bytes, at) & rest) >>> 0 === rest) return true;
  }
  return false;
}
