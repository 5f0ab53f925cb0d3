import { readFileSync } from 'node:fs';
import type { Command } from 'commander';
import { QuipuError } from '../../contract/error.js';
import { NodeLog } from '../../daemon/log.js';
import { interruption } from '../shared/interrupt.js';
import { optionsOf, seconds } from '../shared/options.js';
import { styleFor } from '../shared/style.js';
import { faults, lastLine } from './demo/account.js';
import { glyphsFor } from './demo/glyphs.js';
import { LiveStage } from './demo/live.js';
import { PlainLines } from './demo/plain-lines.js';
import { enumerate, missingCapabilities } from './demo/privileges.js';
import { ReplayStage } from './demo/replay.js';
import type { Audience } from './demo/scene.js';
import { fits, Screen } from './demo/screen.js';
import { type Outcome, Show } from './demo/show.js';
import type { Stage } from './demo/stage.js';

interface DemoOptions {
  readonly seconds?: number;
  readonly json?: boolean;
}

const PLAIN_SECONDS = 10;
const LOG_LINES = 50;

export function register(program: Command): void {
  program
    .command('demo')
    .description('see blocks re-tied while real traffic flows, every frame accounted for')
    .option(
      '--seconds <n>',
      `end after n seconds (default: run until Ctrl-C; end after ${PLAIN_SECONDS} s where the output is no terminal)`,
      seconds,
    )
    .option('--json', 'print one JSON object at the end and nothing else')
    .addHelpText('after', help)
    .action(async (_: unknown, command: Command) => demo(optionsOf<DemoOptions>(command)));
}

const help = `
As root (CAP_SYS_ADMIN, CAP_NET_ADMIN, CAP_NET_RAW) it makes two private network
namespaces joined by a veth pair, lets the Linux stacks in them talk (ARP, UDP
echo, HTTP) and hooks one end: all of it is gone with the process, whatever ends
it. Without these privileges it replays a capture of such traffic.

Frames enter at eth0; a tee gives each to two filters, one for IPv4 and one for
ARP, with a counter on each. Every two seconds the graph is re-tied in one
transaction, and the account is checked:
in + created = out + consumed + dropped + held.

The last line is
frames in N, created N, out N, consumed N, dropped N (reason N, ...)
Exit code: 0; 130 after Ctrl-C; 1 when a frame is not accounted for.`;

async function demo(options: DemoOptions): Promise<void> {
  interruption(); // from now on Ctrl-C ends it in order
  const { stdout } = process;
  const inPlace = !options.json && stdout.isTTY && process.env.TERM !== 'dumb' && fits(stdout);
  const limit = options.seconds ?? (stdout.isTTY && !options.json ? Number.POSITIVE_INFINITY : PLAIN_SECONDS);
  const audience = options.json
    ? silent
    : inPlace
      ? terminal()
      : new PlainLines((text) => stdout.write(text));
  const log = new NodeLog(() => performance.now());
  const { stage, reason } = await prepare(audience, (line) => log.add(line));
  let outcome: Outcome;
  try {
    outcome = await new Show(stage, audience, () => log.last(LOG_LINES), limit).run();
  } finally {
    await stage.end();
  }
  conclude(outcome, stage, reason, options.json === true, audience);
}

function terminal(): Screen {
  const { env, stdout } = process;
  return new Screen(stdout, { style: styleFor(stdout, env), glyphs: glyphsFor(env) });
}

const silent: Audience = { say() {}, reTied() {}, show() {} };

/** Live where that is possible; else a replay, and the reason. */
async function prepare(
  audience: Audience,
  onLog: (line: string) => void,
): Promise<{ stage: Stage; reason: string | null }> {
  const missing = missingCapabilities(readFileSync('/proc/self/status', 'utf8'));
  let note = 'real traffic, captured; run as root to see it live';
  let reason = `live traffic needs ${enumerate(missing)}: run as root to see it`;
  if (missing.length === 0) {
    try {
      const began = performance.now();
      const stage = await LiveStage.start(onLog);
      const took = Math.round(performance.now() - began);
      audience.say(
        `Quipu demo: live traffic between ${stage.source}; the first frames came after ${took} ms.`,
      );
      return { stage, reason: null };
    } catch (error) {
      if (!(error instanceof QuipuError)) throw error;
      note = 'real traffic, captured; live is not possible here';
      reason = `live traffic is not possible here (${error.message})`;
    }
  }
  audience.say(`Quipu demo: ${reason}; this is a replay of captured real traffic.`);
  return { stage: await ReplayStage.start(onLog, note), reason };
}

/** Says what it came to; throws when something is wrong with it. */
function conclude(
  outcome: Outcome,
  stage: Stage,
  reason: string | null,
  json: boolean,
  audience: Audience,
): void {
  const { status, kernelCount, reTies, seconds } = outcome;
  const wrong = faults(status, kernelCount);
  if (json) {
    process.stdout.write(`${JSON.stringify(summary(outcome, stage, reason, wrong))}\n`);
  } else {
    const kernel = kernelCount === null ? '' : `; the kernel counted ${kernelCount} frames on eth0`;
    const { free, size } = status.pool;
    const pool = free === size ? 'pool whole' : `pool ${free} of ${size}`;
    audience.say(
      `${reTies.length} re-tie${reTies.length === 1 ? '' : 's'} in ${seconds.toFixed(1)} s${kernel}; ${pool}`,
    );
    audience.say(lastLine(status));
  }
  if (wrong.length > 0) throw new QuipuError('internal', wrong.join('; '));
}

function summary(outcome: Outcome, stage: Stage, reason: string | null, wrong: readonly string[]) {
  const { status, kernelCount, reTies, seconds } = outcome;
  const { in: entered, created, out, consumed, dropped, held } = status.totals;
  return {
    mode: stage.mode,
    ...(reason === null ? {} : { reason }),
    seconds,
    reTies: reTies.map(({ at, text }) => ({ at, text })),
    totals: { in: entered, created, out, consumed, dropped, held },
    drops: status.drops.map(({ block, reason: why, count }) => ({ block, reason: why, count })),
    kernelCount,
    traffic: stage.traffic,
    pool: status.pool,
    faults: wrong,
  };
}
