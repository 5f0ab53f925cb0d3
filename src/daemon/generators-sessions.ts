import type { GeneratorChange, UserRow } from '../control/generator-words.js';

type Listener = (change: GeneratorChange) => void;

/** Shells that are connected, and what they are told. */
export class Sessions {
  private readonly open = new Map<number, { readonly row: UserRow; readonly listener: Listener }>();
  private next = 1;

  /** Answers the number of the session. */
  join(user: string, pid: number, since: string, listener: Listener): number {
    const session = this.next++;
    this.open.set(session, { row: { session, user, pid, since }, listener });
    return session;
  }

  leave(session: number): void {
    this.open.delete(session);
  }

  /** Tells all but the one that did it. */
  tell(change: GeneratorChange, except?: number): void {
    for (const [session, { listener }] of this.open) if (session !== except) listener(change);
  }

  rows(): UserRow[] {
    return [...this.open.values()].map(({ row }) => row);
  }
}
