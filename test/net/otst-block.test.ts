// needs: ping
// `otst` on blocks: the path of the next frame through a running graph, with the JavaScript stack at the block.
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { etherTypeFilter } from '../../src/bpf/common.js';
import { formatTuples } from '../../src/bpf/tuples.js';
import type { ScriptCall } from '../../src/commands/otst/script-calls.js';
import type { TracedFrame } from '../../src/engine/trace.js';
import { Lab, resultOf, root, type TestDaemon, type ToolResult, until } from './lab.js';

const tool = join(root, 'dist/commands/otst/main.js');
const lab = new Lab();
let daemon: TestDaemon;

interface BlockLine {
  readonly kind: string;
  readonly block: string;
  readonly engine: string;
  readonly frame: TracedFrame;
  readonly stack: readonly ScriptCall[];
}

/** eth0 -> tee -> fb3 -> end, and -> other; `lone` is tied to nothing. */
beforeAll(async () => {
  lab.host('host', 'peer');
  lab.cable('host', 'eth0', 'peer', 'eth0');
  daemon = await lab.daemon('host');
  const add = (name: string, type: string) => ({ do: 'add', name, type }) as const;
  const connect = (from: string, port: string, to: string) => ({ do: 'connect', from, port, to }) as const;
  await daemon.change(
    { do: 'add', name: 'eth0', type: 'ethernet', config: { link: 'eth0', promiscuous: true } },
    add('tee', 'tee'),
    add('fb3', 'counter'),
    add('end', 'discard'),
    add('other', 'discard'),
    add('lone', 'counter'),
    add('netif_rx', 'counter'),
    connect('eth0', 'ingress', 'tee'),
    connect('tee', 'ingress', 'netif_rx'),
    connect('netif_rx', 'ingress', 'fb3'),
    connect('fb3', 'ingress', 'end'),
    connect('tee', 'ingress1', 'other'),
  );
});
afterAll(() => lab.close());

const otst = (...words: string[]) => resultOf(lab.start('host', [process.execPath, tool, ...words]));

/** Sends frames until the tool has ended. */
async function whileSending(result: Promise<ToolResult>): Promise<ToolResult> {
  const flood = lab.flood('peer', 'eth0', { rate: 200 });
  const ended = await result;
  await flood.stop();
  return ended;
}

const lineOf = ({ stdout }: ToolResult) => JSON.parse(stdout.trim()) as BlockLine;

it('shows the path of the next frame from its entry to all its ends, and the stack at the block', async () => {
  const result = await whileSending(otst('fb3'));
  expect([result.code, result.stderr]).toEqual([0, '']);
  const lines = result.stdout.split('\n');
  expect(lines.slice(1, 5).map((line) => line.trim().split(/\s+/).slice(0, 2))).toEqual([
    ['eth0', 'ethernet'],
    ['tee', 'tee'],
    ['netif_rx', 'counter'],
    ['fb3', 'counter'],
  ]);
  expect(lines[4]).toMatch(/-> ingress {2}<== here$/);
  expect(result.stdout.match(/<== here/g)?.length).toBe(1);
  const [stack, ...calls] = lines.slice(lines.findIndex((line) => line.startsWith('JavaScript stack')));
  expect(stack).toBe('JavaScript stack where it enters fb3 (counter):');
  expect(calls[0]).toMatch(/^ {2}Dispatch\.walk +src\/engine\/dispatch\.ts:\d+$/);
  expect(calls.some((call) => /^ {2}EngineThread\.run +src\/daemon\/engine-thread\.ts:\d+$/.test(call))).toBe(
    true,
  );
  expect(result.stdout).not.toContain('node:internal');
  expect(result.stdout).toMatch(/ and \d+ of Node's own below\n/);
});

it('says that other frames run fused, and leaves the engine as it was', async () => {
  const flood = lab.flood('peer', 'eth0', { rate: 5000 });
  await until('fb3 is fused', async () => (await daemon.show('fb3')).engine === 'fused' || undefined);
  const { engine, frame, stack } = lineOf(await otst('fb3', '--json'));
  expect(engine).toBe('fused');
  expect(frame.steps.map(({ block }) => block)).toEqual(['eth0', 'tee', 'netif_rx', 'fb3', 'end', 'other']);
  expect(stack[0]).toMatchObject({ call: 'Dispatch.walk', file: 'src/engine/dispatch.ts', of: 'quipu' });
  expect((await otst('fb3')).stdout).toContain(
    '\nOther frames run it fused, without these calls (inlined where frames enter eth0 (ingress)); one that is followed is dispatched.\n',
  );
  await until('fb3 is fused again', async () => (await daemon.show('fb3')).engine === 'fused' || undefined);
  await flood.stop();
});

it('takes a copy’s path, and several blocks at once', async () => {
  const { code, stdout } = await whileSending(otst('other', 'fb3', '--json'));
  expect(code).toBe(0);
  const lines = stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as BlockLine);
  expect(lines.map(({ block }) => block).sort()).toEqual(['fb3', 'other']);
  for (const { block, frame } of lines) {
    const marked = frame.steps.filter(({ stack }) => stack !== undefined);
    expect(marked.map((step) => step.block)).toEqual([block]);
    expect(marked[0].branch).toBe(block === 'other' ? 1 : 0);
  }
});

it('waits for a frame that the filter accepts', async () => {
  const arp = formatTuples(etherTypeFilter(0x0806));
  const none = await whileSending(otst('fb3', '--filter', arp, '--timeout', '1'));
  expect([none.code, none.stderr]).toEqual([
    1,
    'otst: no frame that the filter accepts passed fb3 within 1 s: it is tied, and frames may come from netif_rx:ingress, but none did\n',
  ]);
  lab.run('peer', 'ip', 'addr', 'add', '10.9.7.2/24', 'dev', 'eth0');
  const result = otst('fb3', '--filter', arp, '--json');
  // Nobody answers, and each ping asks anew.
  const { frame } = lineOf(
    await until(
      'an ARP frame',
      async () => {
        lab.run('peer', 'sh', '-c', 'ping -q -c 1 -W 1 10.9.7.1 || true');
        return Promise.race([result, undefined]);
      },
      30_000,
    ),
  );
  expect(frame.bytes.slice(24, 28)).toBe('0806');
});

it('tells of a block that is tied to nothing, of one that goes, and of none', async () => {
  const lone = await otst('lone', '--timeout', '0.5');
  expect([lone.code, lone.stderr]).toEqual([
    1,
    'otst: no frame passed lone within 0.5 s: it is not tied: no block and no link leads to it; "fbctl bind lone BLOCK" ties it\n',
  ]);
  const waiting = otst('lone');
  await until(
    'it is followed',
    async () => (await daemon.show('fb3')).engineWhy.startsWith('a tap or a trace') || undefined,
  );
  await daemon.change({ do: 'rm', name: 'lone', mode: 'unused' });
  const gone = await waiting;
  expect([gone.code, gone.stderr]).toEqual([
    1,
    'otst: no frame passed lone: the block was removed meanwhile\n',
  ]);
  const none = await otst('--block', 'lone');
  expect([none.code, none.stderr]).toEqual([1, 'otst: no block named "lone"; "fbctl list" shows all\n']);
});

it('a name that is a block and a kernel symbol is the block, unless --kernel says otherwise', async () => {
  const block = await whileSending(otst('netif_rx'));
  expect(block.stderr).toBe(
    'warning: netif_rx is a block and a kernel function: this is the block; --kernel takes the function\n',
  );
  expect(block.stdout).toContain('JavaScript stack where it enters netif_rx (counter):');
  const kernel = otst('--kernel', 'netif_rx');
  lab.run('host', 'ping', '-q', '-c', '1', '-w', '1', '127.0.0.1');
  const { stdout } = await until('a stack', () => {
    lab.run('host', 'ping', '-q', '-c', '1', '127.0.0.1');
    return Promise.race([kernel, undefined]);
  });
  expect(stdout).toContain('triggered stacktrace for symbol netif_rx');
});

it.each([
  [
    ['fb3', '--arm'],
    'fb3 is a block of the running daemon: --arm is for kernel symbols; --kernel says that it is one',
  ],
  [
    ['fb3', '--way', 'ftrace'],
    'fb3 is a block of the running daemon: --way is for kernel symbols; --kernel says that it is one',
  ],
  [
    ['jiffies', '--filter', '6 0 0 1'],
    'jiffies is no block of the running daemon: --filter is for the frames that pass a block; "fbctl list" names the blocks',
  ],
])('%j is wrong usage', async (words, message) => {
  const { code, stderr } = await otst(...words);
  expect([code, stderr]).toEqual([2, `otst: ${message}\n`]);
});

it('an interrupted one leaves the engine as it was', async () => {
  const child = lab.start('host', [process.execPath, tool, 'fb3']);
  await until(
    'it is followed',
    async () => (await daemon.show('fb3')).engineWhy.startsWith('a tap or a trace') || undefined,
  );
  const ended = resultOf(child);
  child.kill('SIGINT');
  expect((await ended).code).toBe(130);
  await until('nobody looks on', async () =>
    (await daemon.show('fb3')).engineWhy.startsWith('a tap or a trace') ? undefined : true,
  );
});

it('finds frames of several engines at a block that all share', async () => {
  lab.host('many', 'sender');
  lab.cable('many', 'eth0', 'sender', 'eth0');
  const several = await lab.daemon('many', '--engines', '2');
  await several.change(
    { do: 'add', name: 'in', type: 'ethernet', config: { link: 'eth0', promiscuous: true } },
    { do: 'add', name: 'm', type: 'meter', config: { threshold: '1GB' } },
    { do: 'add', name: 'end', type: 'discard' },
    { do: 'connect', from: 'in', port: 'ingress', to: 'm' },
    { do: 'connect', from: 'm', port: 'ingress', to: 'end' },
  );
  const flows = join(import.meta.dirname, 'tools/many-flows.js');
  const send = [process.execPath, flows, 'send', 'eth0', '64', '500', '02:00:00:00:00:99'];
  const sender = lab.start('sender', send);
  const result = await resultOf(lab.start('many', [process.execPath, tool, 'm', '-n', '20', '--json']));
  sender.kill('SIGTERM');
  const lines = result.stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as BlockLine);
  expect(lines.length).toBe(20);
  // Those that came in at the other engine are followed from the block on.
  const ways = new Set(
    lines.map(({ frame }) => `${frame.before ?? 0} ${frame.steps.map(({ block }) => block)}`),
  );
  expect([...ways].sort()).toEqual(['0 in,m,end', '1 m,end']);
  for (const { stack } of lines) expect(stack[0].call).toBe('Dispatch.walk');
});
