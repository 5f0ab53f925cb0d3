import type { BlockEvent } from '../../contract/block.js';
import type { BlockView, LinkView } from '../../control/views.js';
import { detailsText } from './details-text.js';
import { plain, type Style } from './style.js';
import { table } from './table.js';

/** `fbctl show NAME` for people. Parts with nothing to say are left out. */
export function showText(view: BlockView, style: Style = plain): string {
  const head = `${style.bold(view.name)}  ${view.type} (${view.mode})  IDP ${view.idp}  references ${view.references}`;
  const parts = [
    `${head}\n${view.summary}\n${engineLine(view)}`,
    part(
      'options',
      table(
        Object.entries(view.config).map(([key, value]) => [key, optionValue(value)]),
        [],
        '  ',
      ),
      style,
    ),
    part('counters', counters(view), style),
    part('engines', shares(view), style),
    part('details', detailsText(view.details ?? {}), style),
    ...(view.engines ?? []).map(({ engine, details }) =>
      part(`details of engine ${engine}`, view.details ? '' : detailsText(details ?? {}), style),
    ),
    part('drops', drops(view), style),
    part('held', view.held > 0 ? `  ${view.held} frames\n` : '', style),
    part(
      'edges',
      table(
        view.edges.map(({ port, to, idp }) => [port, `-> ${to}`, `IDP ${idp}`]),
        [],
        '  ',
      ),
      style,
    ),
    part('links', view.links.map(linkText).join(''), style),
    part('subscribed to', names(view.subscriptions), style),
    part('subscribers', names(view.subscribers), style),
    part('events', events(view), style),
  ];
  return parts.filter((text) => text !== '').join('\n');
}

function engineLine({ engine, engineWhy }: BlockView): string {
  return `engine  ${engine}${engineWhy === '' ? '' : `: ${engineWhy}`}\n`;
}

function part(title: string, body: string, style: Style): string {
  return body === '' ? '' : `${style.bold(title)}\n${body}`;
}

function counters({ counters, counterTexts }: BlockView): string {
  const rows = Object.entries(counters).map(([name, value]) => [name, `${value}`, counterTexts[name] ?? '']);
  return table(rows, ['left', 'right', 'left'], '  ');
}

/** What each engine has of the block, where there are several. */
function shares({ engines = [], counters }: BlockView): string {
  const names = Object.keys(counters);
  const rows = engines.map((share) => [
    `${share.engine}`,
    ...names.map((name) => `${share.counters[name] ?? 0}`),
    `${share.held}`,
  ]);
  const head = ['engine', ...names, 'held'];
  return rows.length === 0
    ? ''
    : table(
        [head, ...rows],
        head.map(() => 'right'),
        '  ',
      );
}

function drops({ drops }: BlockView): string {
  return drops
    .map(({ reason, count, text, sample }) => {
      const last = sample === undefined ? '' : `    the last one began ${sample}\n`;
      return `  ${reason}  ${count}  ${text}\n${last}`;
    })
    .join('');
}

function linkText(link: LinkView): string {
  const rows = [
    ['in', `${link.framesIn} frames`, `${link.bytesIn} bytes`],
    ['out', `${link.framesOut} frames`, `${link.bytesOut} bytes`],
  ];
  const waiting = link.waiting > 0 ? `    ${link.waiting} frames wait to be sent\n` : '';
  const error = link.lastError ? `    last error: ${link.lastError}\n` : '';
  return `  ${link.kind} ${link.target}, ${link.state}\n${table(rows, [], '    ')}${waiting}${error}`;
}

function names(list: readonly string[]): string {
  return list.length === 0 ? '' : `  ${list.join(', ')}\n`;
}

function events({ events }: BlockView): string {
  if (events.count === 0) return '';
  const rows = (events.recent as readonly BlockEvent[]).map(({ type, from, payload }) => [
    type,
    `from ${from}`,
    payload === null || payload === undefined ? '' : clip(JSON.stringify(payload)),
  ]);
  return `  ${events.count} so far, the last:\n${table(rows, [], '    ')}`;
}

function optionValue(value: unknown): string {
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  return text.trim().replace(/\s+/g, ' ');
}

function clip(text: string): string {
  return text.length > 80 ? `${text.slice(0, 77)}...` : text;
}
