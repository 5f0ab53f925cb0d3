import { z } from 'zod';
import { QuipuError } from '../contract/error.js';
import type { Changes } from '../engine/changes.js';
import type { Engine } from '../engine/engine.js';
import { type Action, actionsSchema, describeAction } from './actions.js';
import { actionsTowards } from './difference.js';
import { type FusionView, fusedParts, fusionOf } from './fusion-view.js';
import { type DesiredGraph, desiredGraphSchema, exportGraph } from './graph-document.js';
import { alone, type Peers } from './peers.js';
import { perform } from './perform.js';
import {
  type BlockRow,
  type BlockView,
  listBlocks,
  listTypes,
  type NodeStatus,
  showBlock,
  statusOf,
} from './views.js';

const confirmSeconds = z.number().positive().max(86_400).optional();
const dryRun = z.boolean().default(false);

/** What the daemon's engine thread answers. Every command line tool is made of these. */
export const requestSchema = z.discriminatedUnion('op', [
  z.strictObject({ op: z.literal('transaction'), actions: actionsSchema, dryRun, confirmSeconds }),
  z.strictObject({ op: z.literal('apply'), graph: desiredGraphSchema, dryRun, confirmSeconds }),
  z.strictObject({ op: z.literal('confirm') }),
  z.strictObject({ op: z.literal('rollback') }),
  z.strictObject({ op: z.literal('list') }),
  z.strictObject({ op: z.literal('show'), name: z.string() }),
  z.strictObject({ op: z.literal('show-all') }),
  z.strictObject({ op: z.literal('types') }),
  z.strictObject({ op: z.literal('status') }),
  z.strictObject({ op: z.literal('graph') }),
  z.strictObject({ op: z.literal('engine'), source: z.boolean().default(false) }),
]);

export type Request = z.infer<typeof requestSchema>;
export type RequestInput = z.input<typeof requestSchema>;

/** What a transaction did, or would do. */
export interface TransactionReport {
  readonly actions: readonly string[];
  /** One object for each action: `idp` of an added block, `state` of a replaced one. */
  readonly results: readonly Record<string, unknown>[];
  readonly dryRun: boolean;
  /** How long frames waited for it, in microseconds: nothing else ran on the engine meanwhile. */
  readonly micros: number;
  /** Until when it must be confirmed, in seconds from now. */
  readonly confirmWithin?: number;
}

interface Pending {
  /** Tells it from those before and after: the same in all engines. */
  readonly number: number;
  readonly changes: Changes;
  readonly actions: readonly string[];
  deadline: number;
  /** Its time is over, and all engines have been asked to take it back. */
  overdue: boolean;
}

const LATE = 'not confirmed in time';
/** How soon a change that could not be taken back is tried again, in microseconds. */
const TRY_AGAIN = 1_000_000;

/** Answers control requests on one engine, between two batches. */
export class ControlService {
  private readonly engine: Engine;
  private readonly log: (line: string) => void;
  private readonly peers: Peers;
  private pending: Pending | null = null;
  private changesMade = 0;

  constructor(engine: Engine, log: (line: string) => void, peers: Peers = alone) {
    this.engine = engine;
    this.log = log;
    this.peers = peers;
  }

  /** Throws QuipuError for whatever is wrong with the request. */
  handle(request: Request): unknown {
    switch (request.op) {
      case 'transaction':
        return this.transact(request.actions, request.dryRun, request.confirmSeconds);
      case 'apply':
        return this.apply(request.graph, request.dryRun, request.confirmSeconds);
      case 'confirm':
        return this.confirm();
      case 'rollback':
        return this.rollback('asked for');
      case 'list':
        return listBlocks(this.engine) satisfies BlockRow[];
      case 'show':
        this.peers.meet();
        return showBlock(this.engine, this.engine.registry.find(request.name)) satisfies BlockView;
      case 'show-all':
        this.peers.meet();
        return this.everyBlock();
      case 'types':
        return listTypes(this.engine);
      case 'status':
        return this.status();
      case 'graph':
        return exportGraph(this.engine);
      case 'engine':
        return fusionOf(this.engine, request.source) satisfies FusionView;
    }
  }

  private everyBlock(): BlockView[] {
    const parts = fusedParts(this.engine);
    return this.engine.registry.all().map((instance) => showBlock(this.engine, instance, parts));
  }

  private status(): NodeStatus {
    this.peers.meet();
    const status = statusOf(this.engine);
    if (!this.pending) return status;
    return { ...status, confirmWithin: (this.pending.deadline - this.engine.clock.now()) / 1e6 };
  }

  private apply(graph: DesiredGraph, dryRun: boolean, confirmSeconds: number | undefined): TransactionReport {
    return this.change(() => actionsTowards(this.engine, graph), dryRun, confirmSeconds);
  }

  /** All actions or none. */
  transact(actions: readonly Action[], dryRun: boolean, confirmSeconds?: number): TransactionReport {
    return this.change(() => actions, dryRun, confirmSeconds);
  }

  private change(
    wanted: () => readonly Action[],
    dryRun: boolean,
    confirmSeconds: number | undefined,
  ): TransactionReport {
    const start = this.engine.clock.now();
    if (dryRun) return this.make(wanted(), dryRun, confirmSeconds, start);
    this.peers.meet();
    try {
      return this.make(wanted(), dryRun, confirmSeconds, start);
    } catch (error) {
      this.peers.disagree();
      throw error;
    }
  }

  private make(
    actions: readonly Action[],
    dryRun: boolean,
    confirmSeconds: number | undefined,
    start: number,
  ): TransactionReport {
    if (this.pending) {
      const left = Math.ceil((this.pending.deadline - this.engine.clock.now()) / 1e6);
      throw new QuipuError(
        'pending',
        `a change waits for its confirmation (${left} s left): "quipu confirm" or "quipu confirm --rollback" first`,
      );
    }
    const texts = actions.map(describeAction);
    const work = (changes: Changes) =>
      actions.map((action, index) => this.one(action, index, actions.length, changes));
    const inTurn = (changes: Changes) => {
      this.peers.begin();
      return work(changes);
    };
    const micros = () => this.engine.clock.now() - start;
    if (dryRun) return { actions: texts, results: this.engine.rehearse(work), dryRun, micros: micros() };
    const { result: results, changes } = this.engine.attempt(inTurn, () => this.peers.agree());
    if (confirmSeconds === undefined || actions.length === 0) {
      this.engine.finish(changes);
      return { actions: texts, results, dryRun, micros: micros() };
    }
    const deadline = start + confirmSeconds * 1e6;
    this.pending = { number: ++this.changesMade, changes, deadline, actions: texts, overdue: false };
    this.log(`[quipu] ${actions.length} actions applied, to be confirmed within ${confirmSeconds} s`);
    return { actions: texts, results, dryRun, micros: micros(), confirmWithin: confirmSeconds };
  }

  private one(action: Action, index: number, total: number, changes: Changes): Record<string, unknown> {
    try {
      return perform(this.engine, action, changes);
    } catch (error) {
      if (!(error instanceof QuipuError) || total === 1) throw error;
      const where = `action ${index + 1} of ${total} (${describeAction(action)})`;
      throw new QuipuError(error.code, `${where}: ${error.message}; nothing was changed`);
    }
  }

  private confirm(): { confirmed: readonly string[] } {
    if (!this.pending) throw new QuipuError('pending', 'no change waits for a confirmation');
    const { changes, actions } = this.pending;
    this.pending = null;
    this.engine.finish(changes);
    this.log(`[quipu] ${actions.length} actions confirmed`);
    return { confirmed: actions };
  }

  private rollback(why: string): { rolledBack: readonly string[] } {
    if (!this.pending) throw new QuipuError('pending', 'no change waits for a confirmation');
    this.peers.meet();
    const { changes, actions } = this.pending;
    this.pending = null;
    this.engine.takeBack(changes);
    this.log(`[quipu] ${actions.length} actions rolled back: ${why}`);
    return { rolledBack: actions };
  }

  /** Rolls an unconfirmed change back when its time is over; the engine's loop calls it. True when it did. */
  tick(): boolean {
    if (!this.pending || this.engine.clock.now() < this.dueAt()) return false;
    if (this.peers.count > 1) {
      this.pending.overdue = true;
      this.peers.overdue(this.pending.number);
      return false;
    }
    this.rollback(LATE);
    return true;
  }

  /** Takes this change back, as all engines do, unless somebody has confirmed it meanwhile. */
  expire(change: number): void {
    if (this.pending?.number !== change) return;
    try {
      this.rollback(LATE);
    } catch (error) {
      this.pending.deadline = this.engine.clock.now() + TRY_AGAIN;
      this.pending.overdue = false;
      throw error;
    }
  }

  /** Makes a change that waits for its confirmation final: the node is about to close. */
  settle(): void {
    if (this.pending) this.confirm();
  }

  /** When `tick` wants to be called, in microseconds of the clock. */
  dueAt(): number {
    return this.pending && !this.pending.overdue ? this.pending.deadline : Number.POSITIVE_INFINITY;
  }
}
