/**
 * The undo log of a transaction. Every change to the graph says how to take it back, whom to tell once
 * all changes are made, and what may only happen when nothing can be taken back any more (destructors).
 */
export class Changes {
  private readonly undos: (() => void)[] = [];
  private readonly notices: (() => void)[] = [];
  private readonly finals: (() => void)[] = [];

  undo(step: () => void): void {
    this.undos.push(step);
  }

  /** Runs when all changes of the transaction are made: log lines, events. Must not throw. */
  notice(step: () => void): void {
    this.notices.push(step);
  }

  /** Runs when the transaction is final. Must not throw. */
  finally(step: () => void): void {
    this.finals.push(step);
  }

  /** All changes are made; they can still be taken back. */
  applied(): void {
    for (const step of this.notices.splice(0)) step();
  }

  /** Takes everything back, the last change first. */
  rollback(): void {
    while (this.undos.length > 0) this.undos.pop()?.();
    this.notices.length = 0;
    this.finals.length = 0;
  }

  /** Makes it final. */
  commit(): void {
    this.applied();
    this.undos.length = 0;
    for (const step of this.finals.splice(0)) step();
  }
}
