import { QuipuError } from '../../contract/error.js';
import type { CommonOptions } from '../shared/options.js';
import type { Sort } from './view.js';

/** Options of the command line, as commander gives them. */
export interface Options extends CommonOptions {
  readonly dev?: string;
  readonly interval: number;
  readonly numCpus?: number;
  readonly promisc?: boolean;
  readonly csv?: boolean;
  readonly loop?: boolean;
  readonly omitHeader?: boolean;
  readonly median?: boolean;
  readonly percentage?: boolean;
  readonly warn: boolean;
  readonly batch?: boolean;
  readonly samples?: number;
  readonly sort?: Sort;
  readonly quipu?: boolean;
}

export type Form = 'screen' | 'blocks' | 'csv' | 'json';

/** What is to be done. */
export interface Settings {
  readonly form: Form;
  readonly named: readonly string[];
  readonly intervalMs: number;
  /** How many samples to print; Infinity: until somebody ends it. */
  readonly samples: number;
  readonly options: Options;
}

/** Throws QuipuError (`bad-request`) for options that do not go together. `canDraw`: whether there is a terminal to draw on. */
export function settingsOf(options: Options, operands: readonly string[], canDraw: boolean): Settings {
  const named = [...new Set([...(options.dev === undefined ? [] : [options.dev]), ...operands])];
  const form = formOf(options, canDraw);
  refuse(!options.csv && options.loop, '-l goes with -c only: it repeats the columns');
  refuse(
    !options.csv && options.omitHeader,
    '-o goes with -c only: it leaves the heading of the columns out',
  );
  refuse(options.csv && options.json, 'give -c or --json, not both');
  refuse(
    options.csv && named.length !== 1,
    '-c prints the columns of one interface: name one, as in "ifpps -c eth0"',
  );
  refuse(
    options.promisc && named.length === 0,
    '-p needs the interface that is to be promiscuous: "ifpps -p eth0"',
  );
  refuse(
    options.promisc && options.quipu,
    '-p is for interfaces of the kernel: "vlink ethernet hook" has --promiscuous',
  );
  refuse(options.socket !== undefined && !options.quipu, '--socket goes with --quipu only');
  refuse(form === 'screen' && options.samples !== undefined, '--samples goes with -b, -c and --json only');
  const once = form === 'csv' && !options.loop;
  const samples = options.samples ?? (once ? 1 : Number.POSITIVE_INFINITY);
  return { form, named, intervalMs: options.interval, samples, options };
}

function formOf({ csv, json, batch }: Options, canDraw: boolean): Form {
  if (csv) return 'csv';
  if (json) return 'json';
  return batch || !canDraw ? 'blocks' : 'screen';
}

function refuse(isWrong: boolean | undefined, message: string): void {
  if (isWrong) throw new QuipuError('bad-request', message);
}
