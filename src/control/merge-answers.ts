import type { FusionView } from './fusion-view.js';
import { mergeBlock, mergeBlocks, mergeReports, mergeStatus } from './merge-views.js';
import type { Request, TransactionReport } from './service.js';
import type { BlockView, NodeStatus } from './views.js';

/** Makes one answer of those of all engines, the first engine's first. */
export type Merger = (answers: readonly unknown[]) => unknown;

/** How a request is answered by several engines; null: the first one answers alone, because all would say the same. */
export function mergerOf(request: Request): Merger | null {
  switch (request.op) {
    case 'transaction':
    case 'apply':
      return request.dryRun ? null : (answers) => mergeReports(answers as TransactionReport[]);
    case 'confirm':
    case 'rollback':
      return ([first]) => first;
    case 'status':
      return (answers) => mergeStatus(answers as NodeStatus[]);
    case 'show':
      return (answers) => mergeBlock(answers as BlockView[]);
    case 'show-all':
      return (answers) => mergeBlocks(answers as BlockView[][]);
    case 'engine':
      return (answers) => ({ engines: (answers as FusionView[]).flatMap(({ engines }) => engines) });
    default:
      return null;
  }
}
