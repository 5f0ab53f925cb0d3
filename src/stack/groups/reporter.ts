import { AddressMap } from '../address-map.js';

// RFC 3376 §8, RFC 3810 §9; microseconds.
const ROBUSTNESS = 2;
const QUERY_INTERVAL = 125_000_000;
const QUERY_RESPONSE_INTERVAL = 10_000_000;
const REPORT_INTERVAL = 1_000_000;
/** Between two answers to queries at least: whoever asks without end must not be answered without end. */
const LEAST_GAP = 100_000;
/** IGMPv3's, and that of MLDv2, which is one less by its own counting. */
const NEWEST = 3;

/** Versions by IGMP's counting: 3 has records, 2 (and MLDv1) a message for each group, 1 has no leaving. */
export type GroupVersion = 1 | 2 | 3;

/** Something to be told about a group. */
export interface Telling {
  readonly what: 'is-member' | 'joins' | 'leaves';
  readonly group: Uint8Array;
}

/** What a querier asks. */
export interface GroupQuery {
  readonly version: GroupVersion;
  /** Null: all of them. */
  readonly group: Uint8Array | null;
  /** Longest wait, microseconds. */
  readonly maxDelay: number;
  /** How often each change is told, as the querier wants it; 0: it does not say. */
  readonly robustness: number;
}

interface Member {
  readonly group: Uint8Array;
  joined: boolean;
  /** How often its last change has still to be told. */
  tellings: number;
  /** When a query is answered; Infinity: none is open. */
  answerAt: number;
}

/**
 * The groups of one family that an interface has joined, and when routers and switches are told of them: when they change,
 * and when somebody asks (IGMPv3, RFC 3376 §5; MLDv2, RFC 3810 §6; older queriers: §7.2 and §8.2). Only whole groups: no
 * sources are chosen. What is kept is bounded by the groups joined, whatever is asked.
 */
export class GroupReporter {
  private readonly members = new AddressMap<Member>(0);
  private readonly random: () => number;
  private robustness = ROBUSTNESS;
  /** Until when queriers of IGMPv1, and of IGMPv2 or MLDv1, count as there (RFC 3376 §7.2.1, RFC 3810 §8.2.1). */
  private firstUntil = 0;
  private secondUntil = 0;
  private changeAt = Number.POSITIVE_INFINITY;
  private generalAt = Number.POSITIVE_INFINITY;
  private answeredAt = Number.NEGATIVE_INFINITY;

  constructor(random: () => number) {
    this.random = random;
  }

  /** When `take` has something to say. */
  get next(): number {
    let next = Math.min(this.changeAt, this.generalAt);
    for (const { answerAt } of this.members.values()) next = Math.min(next, answerAt);
    return next;
  }

  /** The version that the link's queriers understand: the oldest that was heard lately. */
  version(now: number): GroupVersion {
    if (now < this.firstUntil) return 1;
    return now < this.secondUntil ? 2 : NEWEST;
  }

  join(group: Uint8Array, now: number): void {
    const known = this.members.get(group);
    const member = known ?? {
      group: group.slice(),
      joined: true,
      tellings: 0,
      answerAt: Number.POSITIVE_INFINITY,
    };
    if (known === undefined) this.members.set(group, member);
    member.joined = true;
    member.tellings = this.robustness;
    this.changeAt = now;
  }

  leave(group: Uint8Array, now: number): void {
    const member = this.members.get(group);
    if (member === undefined) return;
    const version = this.version(now);
    member.joined = false;
    member.answerAt = Number.POSITIVE_INFINITY;
    member.tellings = version === NEWEST ? this.robustness : version - 1;
    if (member.tellings === 0) this.members.delete(group);
    else this.changeAt = now;
  }

  /** A querier asks: it is answered within its time, at a moment by chance. */
  ask({ version, group, maxDelay, robustness }: GroupQuery, now: number): void {
    if (version < NEWEST) this.hearOlder(version, now);
    else if (robustness > 0) this.robustness = robustness;
    const wait = Math.floor((this.random() / 0x1_0000_0000) * maxDelay);
    const at = Math.max(now + wait, this.answeredAt + LEAST_GAP);
    if (this.generalAt <= at) return;
    if (group !== null) this.schedule(this.members.get(group), at);
    else if (this.version(now) === NEWEST) this.generalAt = at;
    else for (const member of this.members.values()) this.schedule(member, at);
  }

  /** Another member has answered: of old, one is enough (RFC 2236 §3, RFC 2710 §4). */
  hearReport(group: Uint8Array, now: number): void {
    const member = this.members.get(group);
    if (member !== undefined && this.version(now) < NEWEST) member.answerAt = Number.POSITIVE_INFINITY;
  }

  /** What is to be told by now. */
  take(now: number): Telling[] {
    const tellings: Telling[] = [];
    if (this.changeAt <= now) this.takeChanges(tellings, now);
    const isGeneral = this.generalAt <= now;
    if (isGeneral) this.generalAt = Number.POSITIVE_INFINITY;
    for (const member of this.members.values()) {
      if (!member.joined || (!isGeneral && member.answerAt > now)) continue;
      member.answerAt = Number.POSITIVE_INFINITY;
      this.answeredAt = now;
      tellings.push({ what: 'is-member', group: member.group });
    }
    return tellings;
  }

  private takeChanges(tellings: Telling[], now: number): void {
    this.changeAt = Number.POSITIVE_INFINITY;
    for (const member of [...this.members.values()]) {
      if (member.tellings === 0) continue;
      member.tellings--;
      tellings.push({ what: member.joined ? 'joins' : 'leaves', group: member.group });
      if (member.tellings > 0) this.changeAt = now + 1 + (this.random() % REPORT_INTERVAL);
      else if (!member.joined) this.members.delete(member.group);
    }
  }

  private schedule(member: Member | undefined, at: number): void {
    if (member?.joined) member.answerAt = Math.min(member.answerAt, at);
  }

  /** What was to be told in the newer version is not told any more (RFC 3376 §7.2.1, RFC 3810 §8.2.1). */
  private hearOlder(version: GroupVersion, now: number): void {
    const before = this.version(now);
    const until = now + ROBUSTNESS * QUERY_INTERVAL + QUERY_RESPONSE_INTERVAL;
    if (version === 1) this.firstUntil = until;
    else this.secondUntil = until;
    if (this.version(now) === before) return;
    this.changeAt = Number.POSITIVE_INFINITY;
    this.generalAt = Number.POSITIVE_INFINITY;
    for (const member of [...this.members.values()]) {
      member.tellings = 0;
      if (!member.joined) this.members.delete(member.group);
    }
  }
}
