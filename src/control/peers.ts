import { QuipuError } from '../contract/error.js';

/**
 * The other engines of a node, as the control service of one of them sees them. All engines get the same requests in the
 * same order. One that changes or reads the graph begins when all of them stand still (`meet`), and a change is made
 * by all or by none (`begin`, `agree`, `disagree`).
 */
export interface Peers {
  /** How many engines the node has. */
  readonly count: number;
  /**
   * Waits until all engines stand still and nothing is on its way between them. Throws QuipuError when one of them does
   * not come: then none begins.
   */
  meet(): void;
  /** The first engine goes on at once, the others when it is through with the change. Throws `Overruled` if it was not. */
  begin(): void;
  /** This engine can make the change. Waits for the others, and throws `Overruled` when one of them cannot. */
  agree(): void;
  /** This engine cannot make the change: no engine makes it. */
  disagree(): void;
  /** The time to confirm this change is over: all are to take it back. */
  overdue(change: number): void;
}

/** Another engine cannot make a change that this one could: that engine's own error says why. */
export class Overruled extends QuipuError {
  constructor(message: string) {
    super('internal', message);
    this.name = 'Overruled';
  }
}

/** This engine no longer has the graph that the others have. Nothing can mend that: the node must end. */
export class OutOfStep extends Error {}

/** For a node of one engine. */
export const alone: Peers = {
  count: 1,
  meet: () => {},
  begin: () => {},
  agree: () => {},
  disagree: () => {},
  overdue: () => {},
};
