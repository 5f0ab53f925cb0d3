import type { Answer } from './message.js';

/** What is kept of an answer. */
export type Known = Extract<Answer, { kind: 'addresses' | 'none' }>;

/** Answers that are kept at most. */
const MOST = 1000;

/** Answers and for how long they hold, those that say that there is nothing included (RFC 2308). */
export class AnswerCache {
  private readonly answers = new Map<string, { readonly answer: Known; readonly until: number }>();
  private readonly now: () => number;

  /** `now` gives microseconds. */
  constructor(now: () => number) {
    this.now = now;
  }

  get size(): number {
    return this.answers.size;
  }

  get(key: string): Known | null {
    const found = this.answers.get(key);
    if (found === undefined) return null;
    if (found.until > this.now()) return found.answer;
    this.answers.delete(key);
    return null;
  }

  /** Keeps an answer for its time; the oldest makes room. */
  set(key: string, answer: Known): void {
    this.answers.delete(key);
    if (answer.ttl === 0) return;
    const oldest = this.answers.keys().next();
    if (this.answers.size >= MOST && !oldest.done) this.answers.delete(oldest.value);
    this.answers.set(key, { answer, until: this.now() + answer.ttl * 1_000_000 });
  }
}
