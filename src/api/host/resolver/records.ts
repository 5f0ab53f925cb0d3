import { askServers } from './ask.js';
import { AnswerCache, type Known } from './cache.js';
import type { ResolverEnvironment, ResolverSettings } from './contract.js';
import { type Answer, MOST_ALIASES, type RecordType } from './message.js';
import { plainName } from './names.js';

/** What is known of a name in the end; `unable`: nobody could say. */
export type Found = Known | Extract<Answer, { kind: 'unable' }>;

/** Questions under way at most; others wait for their turn. */
const MOST_QUESTIONS = 64;

interface Inquiry {
  readonly name: string;
  readonly type: RecordType;
  readonly waiting: ((found: Found) => void)[];
  stop(): void;
}

/** Addresses of names, one type at a time: what is known is kept, and nothing is asked twice at the same time (RFC 5452 §5). */
export class Records {
  readonly cache: AnswerCache;
  private readonly settings: ResolverSettings;
  private readonly environment: ResolverEnvironment;
  private readonly underWay = new Map<string, Inquiry>();
  private readonly queued: Inquiry[] = [];
  private running = 0;
  private isClosed = false;

  constructor(settings: ResolverSettings, environment: ResolverEnvironment) {
    this.settings = settings;
    this.environment = environment;
    this.cache = new AnswerCache(() => environment.now());
  }

  /** `name` is as `plainName` gives it. Tells at once what is known. */
  find(name: string, type: RecordType, done: (found: Found) => void): void {
    if (this.isClosed) {
      done({ kind: 'unable' });
      return;
    }
    const key = `${type} ${name}`;
    const known = this.cache.get(key);
    if (known !== null) {
      done(known);
      return;
    }
    const same = this.underWay.get(key);
    if (same !== undefined) {
      same.waiting.push(done);
      return;
    }
    const inquiry: Inquiry = { name, type, waiting: [done], stop() {} };
    this.underWay.set(key, inquiry);
    this.queued.push(inquiry);
    this.startNext();
  }

  /** Calls off all questions: nobody can say any more. */
  close(): void {
    this.isClosed = true;
    this.queued.length = 0;
    for (const inquiry of this.underWay.values()) {
      inquiry.stop();
      this.settle(inquiry, { kind: 'unable' });
    }
  }

  private startNext(): void {
    while (this.running < MOST_QUESTIONS) {
      const inquiry = this.queued.shift();
      if (inquiry === undefined) return;
      this.running++;
      this.ask(inquiry, inquiry.name, 0, Number.POSITIVE_INFINITY);
    }
  }

  /** Asks for a name to which an inquiry's own has led over so many aliases, the shortest of whose times is `ttl`. */
  private ask(inquiry: Inquiry, name: string, hops: number, ttl: number): void {
    inquiry.stop = askServers(this.environment, this.settings, name, inquiry.type, (answer) => {
      const shortest = answer.kind === 'unable' ? 0 : Math.min(ttl, answer.ttl);
      if (answer.kind !== 'alias') {
        this.settle(inquiry, answer.kind === 'unable' ? answer : { ...answer, ttl: shortest });
        return;
      }
      const next = plainName(answer.name);
      const far = hops + answer.hops;
      if (next === null || far > MOST_ALIASES) this.settle(inquiry, { kind: 'unable' });
      else this.ask(inquiry, next, far, shortest);
    });
  }

  private settle(inquiry: Inquiry, found: Found): void {
    const key = `${inquiry.type} ${inquiry.name}`;
    this.underWay.delete(key);
    this.running--;
    if (found.kind !== 'unable') this.cache.set(key, found);
    this.startNext();
    for (const done of inquiry.waiting) done(found);
  }
}
