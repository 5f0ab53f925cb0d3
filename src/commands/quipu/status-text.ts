import type { DaemonInfo } from '../../control/protocol.js';
import type { EngineView, NodeStatus } from '../../control/views.js';
import { type LinkRow, linksText } from '../shared/links-text.js';
import { plain, type Style } from '../shared/style.js';
import { table } from '../shared/table.js';
import { dropsText, totalsLine } from '../shared/totals-text.js';

export interface DaemonStatus extends NodeStatus {
  readonly daemon?: DaemonInfo;
}

/** `quipu status` for people. The first line is the account of all frames. */
export function statusText(status: DaemonStatus, links: readonly LinkRow[], style: Style = plain): string {
  const { daemon, pool, blocks, drops, engines, confirmWithin } = status;
  const lines = [style.bold(totalsLine(status))];
  if (confirmWithin !== undefined) {
    lines.push(`a change is taken back in ${Math.ceil(confirmWithin)} s unless you run: quipu confirm`);
  }
  if (daemon) {
    const memory = Math.round(daemon.rssBytes / (1 << 20));
    lines.push(
      `daemon ${daemon.version}, pid ${daemon.pid}, up ${duration(daemon.uptimeSeconds)}, ${memory} MiB, ${daemon.socket}`,
    );
  }
  lines.push(
    `${blocks} blocks; pool: ${pool.free} of ${pool.size} frames free, ${pool.slotBytes} bytes each`,
  );
  const parts = [`${lines.join('\n')}\n`, enginesText(engines)];
  if (links.length > 0) parts.push(linksText(links));
  if (drops.length > 0) parts.push(dropsText(drops));
  return parts.join('\n');
}

/** The columns of the seed's /proc/net/lana/ppe (004 C.3), its timer calls left out; with several engines, what crossed over. */
function enginesText(engines: readonly EngineView[]): string {
  const several = engines.length > 1;
  const rows = engines.map(({ engine, frames, bytes, invocations, backlog, crossedIn = 0, crossedOut = 0 }) =>
    [engine, frames, bytes, invocations, backlog, ...(several ? [crossedIn, crossedOut] : [])].map(String),
  );
  const head = [
    'ENGINE',
    'FRAMES',
    'BYTES',
    'INVOCATIONS',
    'BACKLOG',
    ...(several ? ['CAME OVER', 'WENT OVER'] : []),
  ];
  return table(
    [head, ...rows],
    head.map(() => 'right' as const),
  );
}

/** `45 s`, `3 min 20 s`, `2 h 5 min`, `3 d 4 h`. */
export function duration(seconds: number): string {
  const whole = Math.floor(seconds);
  if (whole < 60) return `${whole} s`;
  if (whole < 3600) return `${Math.floor(whole / 60)} min ${whole % 60} s`;
  if (whole < 86_400) return `${Math.floor(whole / 3600)} h ${Math.floor((whole % 3600) / 60)} min`;
  return `${Math.floor(whole / 86_400)} d ${Math.floor((whole % 86_400) / 3600)} h`;
}
