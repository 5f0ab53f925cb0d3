import type { ActionInput } from '../../control/actions.js';
import type { ControlClient } from '../../control/client.js';
import type { RequestInput, TransactionReport } from '../../control/service.js';
import { fillValues, readInput } from './input.js';
import { type ChangeOptions, clientOf } from './options.js';

type Changing = Extract<RequestInput, { op: 'transaction' | 'apply' }>;

/** Reads the files that option values name. Stdin can be read once. */
export function withFiles(
  actions: readonly ActionInput[],
  read: (name: string) => string = readInput,
): ActionInput[] {
  return actions.map((action) => {
    if (action.do === 'add' && action.untyped)
      return { ...action, config: fillValues(action.config ?? {}, read) };
    if (action.do === 'set' && action.untyped)
      return { ...action, options: fillValues(action.options, read) };
    return action;
  });
}

/** Sends actions as one transaction, and tells what is to be told. */
export async function changeGraph(
  actions: readonly ActionInput[],
  options: ChangeOptions,
): Promise<TransactionReport> {
  return sendChange({ op: 'transaction', actions: withFiles(actions) }, options, clientOf(options));
}

/** As `changeGraph`, for any request that changes the graph. */
export async function sendChange(
  request: Changing,
  options: ChangeOptions,
  client: ControlClient,
): Promise<TransactionReport> {
  const report = await client.request<TransactionReport>({
    ...request,
    dryRun: options.dryRun === true,
    ...(options.confirm === undefined ? {} : { confirmSeconds: options.confirm }),
  });
  const { out, err } = reportText(report, options);
  process.stdout.write(out);
  process.stderr.write(err);
  return report;
}

/** Quiet on success, like Unix tools, but for what was asked and what still has to be done. */
export function reportText(report: TransactionReport, { json }: ChangeOptions): { out: string; err: string } {
  if (json) return { out: `${JSON.stringify(report)}\n`, err: '' };
  const out = report.dryRun ? report.actions.map((action) => `${action}\n`).join('') : '';
  return { out, err: remark(report) };
}

function remark({ confirmWithin, dryRun, actions }: TransactionReport): string {
  if (dryRun && actions.length === 0) return 'nothing would change\n';
  return confirmWithin === undefined
    ? ''
    : `taken back in ${confirmWithin} s unless you run: quipu confirm\n`;
}
