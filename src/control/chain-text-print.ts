import { isDeepStrictEqual } from 'node:util';
import { groupBase, portNumber } from '../contract/port.js';
import { closerOf } from './chain-text-source.js';
import { readOptions } from './chain-text-values.js';
import type { GraphKind, GraphKinds } from './graph-check.js';
import { type Edge, type GraphDocument, parseBinding, parseSubscription } from './graph-document.js';
import { type JsonSchema, jsonSchemaOf } from './graph-schema.js';

/** Longest line of a chain, in characters. */
const WIDTH = 100;

/** `lower -> upper`, and the ports at either side of the arrow. */
interface Tie {
  readonly lower: string;
  readonly upper: string;
  readonly before?: string;
  readonly after?: string;
}

/** A graph as chain text: every block declared, then the chains. Read again, it is the same graph. */
export function printChainText(graph: GraphDocument, kinds: GraphKinds): string {
  const blocks = Object.entries(graph.blocks).map(
    ([name, { type, config }]) => `${name} :: ${type}${optionsText(config, kinds.get(type))}`,
  );
  const events = graph.subscriptions.map((text) => {
    const { who, to } = parseSubscription(text);
    return `${to} ~> ${who}`;
  });
  const parts = [blocks, chainsOf(tiesOf(graph, kinds)), events];
  return parts
    .filter((lines) => lines.length > 0)
    .map((lines) => `${lines.join('\n')}\n`)
    .join('\n');
}

/** Options in parentheses, as plain as they can be read again. */
function optionsText(config: Record<string, unknown>, kind: GraphKind | undefined): string {
  const entries = Object.entries(config).filter(([, value]) => value !== undefined);
  if (entries.length === 0) return '';
  const schema = kind === undefined ? {} : jsonSchemaOf(kind.config);
  const main = kind?.mainOption;
  const reads = (text: string, wanted: readonly (readonly [string, unknown])[]) =>
    isDeepStrictEqual(read(text, schema, main), Object.fromEntries(wanted));
  const exact = entries.map(([key, value]) => `${keyText(key)}: ${quoted(value)}`).join(', ');
  const isMain = ([key]: readonly [string, unknown]) => key === main;
  const nice = [...entries.filter(isMain), ...entries.filter((entry) => !isMain(entry))].map((entry) => {
    const [key, value] = entry;
    const bare = isMain(entry) ? plainForms(value) : [];
    const forms = [...bare, ...plainForms(value).map((text) => `${keyText(key)}: ${text}`)];
    return forms.find((text) => reads(text, [entry])) ?? `${keyText(key)}: ${quoted(value)}`;
  });
  const text = nice.join(', ');
  return `(${reads(text, entries) ? text : exact})`;
}

/** What the text means as options; null when it means nothing. */
function read(text: string, schema: JsonSchema, main: string | undefined): unknown {
  try {
    const open = `(${text})`;
    if (closerOf(open, 0) < open.length - 1) return null;
    return readOptions(open, { from: 1, to: open.length - 1 }, schema, main, () => {});
  } catch {
    return null;
  }
}

/** Ways to write a value, the plainest first. */
function plainForms(value: unknown): string[] {
  if (typeof value === 'string') return [value, quoted(value)];
  if (Array.isArray(value) && value.length > 0) return [value.map(plain).join(', '), plain(value)];
  return [plain(value), quoted(value)];
}

function plain(value: unknown): string {
  return valueText(value, (text) =>
    /^[A-Za-z_][A-Za-z0-9_./-]*$/.test(text) && !/^(true|false|null)$/.test(text)
      ? text
      : JSON.stringify(text),
  );
}

function quoted(value: unknown): string {
  return valueText(value, JSON.stringify);
}

function valueText(value: unknown, text: (value: string) => string): string {
  if (typeof value === 'string') return text(value);
  if (Array.isArray(value)) return `[${value.map((one) => valueText(one, text)).join(', ')}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  const pairs = Object.entries(value).map(([key, one]) => `${keyText(key)}: ${valueText(one, text)}`);
  return pairs.length === 0 ? '{}' : `{ ${pairs.join(', ')} }`;
}

function keyText(key: string): string {
  return /^[A-Za-z_][A-Za-z0-9_-]*$/.test(key) ? key : JSON.stringify(key);
}

/** Bindings as ties. Where a block sits on another by the next free port, as `bind` ties it, no port is named. */
function tiesOf({ blocks, bindings }: GraphDocument, kinds: GraphKinds): Tie[] {
  const parsed = bindings.map(parseBinding);
  const unordered = parsed.filter((binding): binding is Edge => 'from' in binding);
  if (unordered.length < parsed.length) {
    // Ports are given out in the order of the bindings, which must then stay.
    return parsed.map((binding) =>
      'from' in binding ? { lower: binding.from, upper: binding.to, before: binding.port } : binding,
    );
  }
  const portsOf = (name: string) => kinds.get(blocks[name]?.type)?.ports;
  const numberOf = ({ from, port }: Edge) => {
    const ports = portsOf(from);
    return ports === undefined ? -1 : portNumber(ports, port);
  };
  const edges = unordered.sort((a, b) => numberOf(a) - numberOf(b));
  const bound = new Map(edges.map((edge) => [`${edge.from}:${edge.port}`, edge]));
  const left = new Set(edges);
  const backs = new Map<string, Edge[]>();
  for (const edge of edges.filter(isEgress)) {
    const pair = `${edge.from} ${edge.to}`;
    backs.set(pair, [...(backs.get(pair) ?? []), edge]);
  }
  const stacked = new Set<string>();
  const ties: Tie[] = [];
  for (const edge of edges) {
    const { from: lower, port, to: upper } = edge;
    const ports = portsOf(lower);
    const number = numberOf(edge);
    if (ports === undefined || number < 0 || number % 2 === 1 || number >= groupBase(ports)) continue;
    const back = backs.get(`${upper} ${lower}`)?.find((one) => left.has(one));
    const isNext = ingressBelow(number).every((name) => bound.has(`${lower}:${name}`));
    const isStack =
      isNext &&
      !stacked.has(`${upper} ${lower}`) &&
      (back === undefined ? portsOf(upper)?.egress === 0 : back.port === 'egress');
    left.delete(edge);
    if (back !== undefined) left.delete(back);
    if (isStack) stacked.add(`${upper} ${lower}`);
    const named = { before: port, ...(back === undefined ? {} : { after: back.port }) };
    ties.push({ lower, upper, ...(isStack ? {} : named) });
  }
  const rest = [...left].sort((a, b) => Number(isEgress(a)) - Number(isEgress(b)));
  for (const { from, port, to } of rest) ties.push({ lower: from, upper: to, before: port });
  return ties;
}

function isEgress({ port }: Edge): boolean {
  return /^egress[0-9]*$/.test(port);
}

/** Names of the ingress ports in front of the one with this number. */
function ingressBelow(number: number): string[] {
  return Array.from({ length: number >> 1 }, (_, i) => (i === 0 ? 'ingress' : `ingress${i}`));
}

/** Ties as lines: each goes on where the one before it ended, as long as there is one that can. */
function chainsOf(ties: readonly Tie[]): string[] {
  const waiting = new Map<string, Tie[]>();
  for (const tie of ties) {
    const others = waiting.get(tie.lower);
    if (others === undefined) waiting.set(tie.lower, [tie]);
    else others.push(tie);
  }
  const lines: string[] = [];
  for (const { lower } of ties) {
    let next = waiting.get(lower)?.shift();
    if (next === undefined) continue;
    let line = lower;
    while (next !== undefined) {
      const { before, after, upper }: Tie = next;
      const piece = `${before ? ` [${before}]` : ''} ->${after ? ` [${after}]` : ''} ${upper}`;
      const start = line.lastIndexOf('\n') + 1;
      line += line.length - start + piece.length > WIDTH ? `\n   ${piece}` : piece;
      next = waiting.get(upper)?.shift();
    }
    lines.push(line);
  }
  return lines;
}
