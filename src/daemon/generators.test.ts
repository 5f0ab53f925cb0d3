import fc from 'fast-check';
import { beforeEach, describe, expect, test } from 'vitest';
import { QuipuError } from '../contract/error.js';
import {
  type GeneratorOperationInput,
  type GeneratorOutcome,
  type GeneratorView,
  generatorRequestSchema,
  type PacketRow,
  type PacketView,
  type UserRow,
} from '../control/generator-words.js';
import type { Generator, GeneratorFigures, GeneratorPlan } from '../generator/generator.js';
import { Generators } from './generators.js';
import { parseCounters } from './generators-devices.js';

/** A generator that ends when told. */
class FakeGenerator implements Generator {
  readonly plan: GeneratorPlan;
  frames = 0;
  isOver = false;
  readonly finished: Promise<GeneratorFigures>;
  end!: (frames: number) => void;
  fail!: (error: Error) => void;

  constructor(plan: GeneratorPlan) {
    this.plan = plan;
    this.finished = new Promise((resolve, reject) => {
      this.end = (frames) => {
        this.frames = frames;
        this.isOver = true;
        resolve(this.figures());
      };
      this.fail = reject;
    });
  }

  figures(): GeneratorFigures {
    const { frames } = this;
    return { frames, bytes: frames * 60, waits: 0, refused: {}, micros: frames, seed: 1, workers: [] };
  }

  /** What was handed to the kernel is waited for. */
  async stop(): Promise<GeneratorFigures> {
    await new Promise((resolve) => setImmediate(resolve));
    this.end(this.frames + 2);
    return this.finished;
  }
}

let generators: Generators;
let made: FakeGenerator[];
let log: string[];
let refusal: QuipuError | null;
/** Set: `start` waits for it. */
let gate: Promise<void> | null;

beforeEach(prepare);

function prepare(): void {
  [made, log, refusal, gate] = [[], [], null, null];
  const device = { up: true, running: true, mtu: 1500, address: '' };
  const none = { packets: 0, bytes: 0, errors: 0, dropped: 0 };
  generators = new Generators({
    compile: (text, name) => {
      if (text === '{') throw new QuipuError('bad-config', `packet ${name}:1:1: no`);
      return { lengths: [text.length], warnings: [] };
    },
    start: async (plan) => {
      await gate;
      if (refusal) throw refusal;
      const one = new FakeGenerator(plan);
      made.push(one);
      return one;
    },
    devices: () => ['eth0', 'eth1'].map((name) => ({ name, ...device, received: none, sent: none })),
    now: () => '2026-11-20T19:00:00.000Z',
    log: (line) => log.push(line),
  });
}

/** A request as it comes from a client, checked as the server does. */
async function ask<T>(operation: GeneratorOperationInput, by = 'alice', session?: number): Promise<T> {
  const request = generatorRequestSchema.parse({ by, ask: operation, ...(session ? { session } : {}) });
  return (await generators.handle(request)) as T;
}

const code = (work: Promise<unknown>) =>
  work.then(
    () => 'done',
    (error: QuipuError) => error.code,
  );
const viewOf = async (name: string) => (await ask<GeneratorView[]>({ op: 'generators', names: [name] }))[0];

async function setUp(count: number | null = null): Promise<void> {
  await ask({ op: 'set-packet', name: 'p', text: '{ 1 }' });
  await ask({ op: 'set-generator', name: 'g', settings: { packet: 'p', device: 'eth0', count } });
}

describe('packets', () => {
  test('are kept with who made them', async () => {
    await ask({ op: 'set-packet', name: 'p', text: '{ 1 }' });
    const [row] = await ask<PacketRow[]>({ op: 'packets' });
    expect(row).toEqual({
      name: 'p',
      packets: 1,
      lengths: [5],
      made: { by: 'alice', at: '2026-11-20T19:00:00.000Z' },
      generators: [],
    });
    expect(await ask<PacketView>({ op: 'packet', name: 'p' })).toMatchObject({ ...row, text: '{ 1 }' });
    expect(await ask({ op: 'remove-packet', name: 'p' })).toBeNull();
    expect(await code(ask({ op: 'packet', name: 'p' }))).toBe('unknown-name');
  });

  test('of the same name clash, unless they are the same or replace is meant', async () => {
    await ask({ op: 'set-packet', name: 'p', text: '{ 1 }' });
    await ask({ op: 'set-packet', name: 'p', text: '{ 1 }' }, 'bob');
    expect((await ask<PacketRow[]>({ op: 'packets' }))[0].made.by).toBe('alice');
    await expect(ask({ op: 'set-packet', name: 'p', text: '{ 2 }' }, 'bob')).rejects.toThrow(
      'packet p exists, made by alice at 2026-11-20T19:00:00.000Z: write "packet p replace …" to change it',
    );
    await ask({ op: 'set-packet', name: 'p', text: '{ 2 }', replace: true }, 'bob');
    expect(await ask<PacketView>({ op: 'packet', name: 'p' })).toMatchObject({
      text: '{ 2 }',
      made: { by: 'bob' },
    });
  });

  test('that cannot be compiled change nothing', async () => {
    await ask({ op: 'set-packet', name: 'p', text: '{ 1 }' });
    expect(await code(ask({ op: 'set-packet', name: 'p', text: '{', replace: true }))).toBe('bad-config');
    expect(await ask<PacketView>({ op: 'packet', name: 'p' })).toMatchObject({ text: '{ 1 }' });
  });

  test('in use are neither removed nor, while they are sent, changed', async () => {
    await setUp();
    await expect(ask({ op: 'remove-packet', name: 'p' })).rejects.toThrow('generator g sends it');
    await ask({ op: 'start', names: ['g'] });
    await expect(ask({ op: 'set-packet', name: 'p', text: '{ 3 }', replace: true }, 'bob')).rejects.toThrow(
      'cannot change packet p: g is running, started by alice; "stop g" first',
    );
    await ask({ op: 'stop', names: 'all' });
    expect(await code(ask({ op: 'set-packet', name: 'p', text: '{ 3 }', replace: true }))).toBe('done');
  });

  test('are limited in number', async () => {
    for (let i = 0; i < 1000; i++) await ask({ op: 'set-packet', name: `p${i}`, text: '{ 1 }' });
    expect(await code(ask({ op: 'set-packet', name: 'one-more', text: '{ 1 }' }))).toBe('limit');
  });
});

describe('generators', () => {
  test('are told what nobody has said', async () => {
    await setUp();
    expect((await viewOf('g')).settings).toEqual({
      packet: 'p',
      device: 'eth0',
      pace: { kind: 'full' },
      count: null,
      cpus: null,
      seed: null,
      way: 'auto',
      shuffled: false,
      queueingDiscipline: false,
    });
  });

  test('want a packet and a device that there are', async () => {
    await setUp();
    const settings = { packet: 'p', device: 'eth0' };
    expect(await code(ask({ op: 'set-generator', name: 'h', settings: { ...settings, packet: 'q' } }))).toBe(
      'unknown-name',
    );
    expect(await code(ask({ op: 'set-generator', name: 'h', settings: { ...settings, device: 'x' } }))).toBe(
      'no-device',
    );
    expect(
      await code(ask({ op: 'set-generator', name: 'g', settings: { ...settings, device: 'eth1' } })),
    ).toBe('name-taken');
    expect(await code(ask({ op: 'set-generator', name: 'g', settings }))).toBe('done');
    expect(await code(ask({ op: 'change-generator', name: 'h', settings: {} }))).toBe('unknown-name');
  });

  test('are changed in part, but not while they run', async () => {
    await setUp(5);
    const settings = { pace: { kind: 'packets', perSecond: 10 } } as const;
    await ask({ op: 'change-generator', name: 'g', settings });
    expect((await viewOf('g')).settings).toMatchObject({ ...settings, count: 5, device: 'eth0' });
    await ask({ op: 'start', names: ['g'] });
    expect(made[0].plan).toEqual({
      device: 'eth0',
      source: { kind: 'text', text: '{ 1 }', name: 'packet p' },
      pace: settings.pace,
      count: 5,
      way: 'auto',
      shuffled: false,
      queueingDiscipline: false,
    });
    for (const op of ['change-generator', 'remove-generator'] as const) {
      const rest = op === 'change-generator' ? { settings } : {};
      expect(await code(ask({ op, name: 'g', ...rest } as GeneratorOperationInput, 'bob'))).toBe('in-use');
    }
    made[0].end(5);
    await made[0].finished;
    expect(await code(ask({ op: 'remove-generator', name: 'g' }))).toBe('done');
  });

  test('end by themselves, with exact figures', async () => {
    await setUp(5);
    await ask({ op: 'start', names: 'all' }, 'bob');
    expect(await viewOf('g')).toMatchObject({
      state: 'running',
      started: { by: 'bob' },
      figures: { frames: 0 },
    });
    made[0].end(5);
    await made[0].finished;
    expect(await viewOf('g')).toMatchObject({ state: 'ended', figures: { frames: 5, bytes: 300 } });
    expect(log.at(-1)).toBe('[generators] g has ended after 5 frames, 300 bytes');
  });

  test('are stopped by anybody; a second stop does no harm', async () => {
    await setUp();
    await ask({ op: 'start', names: ['g'] });
    made[0].frames = 7;
    const [outcome] = await ask<GeneratorOutcome[]>({ op: 'stop', names: ['g'] }, 'bob');
    expect(outcome.view).toMatchObject({ state: 'stopped', figures: { frames: 9 } });
    expect(log.at(-1)).toBe('[generators] bob stopped g after 9 frames, 540 bytes');
    expect(await ask<GeneratorOutcome[]>({ op: 'stop', names: ['g'] })).toMatchObject([{ error: null }]);
    expect(await ask({ op: 'stop', names: 'all' })).toEqual([]);
  });

  test('that cannot start, or fail later, say why', async () => {
    await setUp();
    refusal = new QuipuError('no-privilege', 'not you');
    const [outcome] = await ask<GeneratorOutcome[]>({ op: 'start', names: ['g'] });
    expect(outcome).toEqual({ name: 'g', view: null, error: { code: 'no-privilege', message: 'not you' } });
    expect(await viewOf('g')).toMatchObject({ state: 'failed', error: 'not you', figures: null });
    refusal = null;
    await ask({ op: 'start', names: ['g'] });
    made[0].frames = 3;
    made[0].fail(new QuipuError('no-device', 'eth0 is gone'));
    await made[0].finished.catch(() => {});
    await Promise.resolve();
    expect(await viewOf('g')).toMatchObject({
      state: 'failed',
      error: 'eth0 is gone',
      figures: { frames: 3 },
    });
    expect(log.at(-1)).toBe('[generators] g has failed: eth0 is gone');
  });

  test('run once at a time', async () => {
    await setUp();
    const twice = await Promise.all([
      ask<GeneratorOutcome[]>({ op: 'start', names: ['g'] }, 'alice'),
      ask<GeneratorOutcome[]>({ op: 'start', names: ['g'] }, 'bob'),
    ]);
    expect(twice.map(([one]) => one.error?.code ?? 'started').sort()).toEqual(['in-use', 'started']);
    expect(made).toHaveLength(1);
  });

  test('that are stopped before they have begun never run on', async () => {
    await setUp();
    let open = () => {};
    gate = new Promise((resolve) => {
      open = resolve;
    });
    const starting = ask<GeneratorOutcome[]>({ op: 'start', names: ['g'] });
    const stopping = ask<GeneratorOutcome[]>({ op: 'stop', names: ['g'] }, 'bob');
    expect((await viewOf('g')).state).toBe('stopping');
    open();
    await Promise.all([starting, stopping]);
    expect((await viewOf('g')).state).toBe('stopped');
  });

  test('all stop when the daemon goes, and nothing is answered any more', async () => {
    await setUp();
    await ask({ op: 'start', names: ['g'] });
    await generators.close();
    await expect(made[0].finished).resolves.toMatchObject({ frames: 2 });
    expect(log.at(-1)).toBe('[generators] g stopped with the daemon after 2 frames, 120 bytes');
    expect(await code(ask({ op: 'generators' }))).toBe('unreachable');
  });
});

describe('users', () => {
  test('are told what others do, not what they do themselves', async () => {
    const heard: string[][] = [[], []];
    const alice = generators.join('alice', 1, ({ text }) => heard[0].push(text));
    const bob = generators.join('bob', 2, ({ text }) => heard[1].push(text));
    expect(
      (await ask<UserRow[]>({ op: 'users' })).map(({ session, user, pid }) => [session, user, pid]),
    ).toEqual([
      [alice, 'alice', 1],
      [bob, 'bob', 2],
    ]);
    await ask({ op: 'set-packet', name: 'p', text: '{ 1 }' }, 'alice', alice);
    await ask({ op: 'set-generator', name: 'g', settings: { packet: 'p', device: 'eth0' } }, 'bob', bob);
    await ask({ op: 'start', names: ['g'] }, 'alice', alice);
    made[0].end(1);
    await made[0].finished;
    refusal = new QuipuError('no-device', 'eth0 is gone');
    await ask({ op: 'start', names: ['g'] }, 'bob', bob);
    generators.left('bob', bob);
    expect(heard).toEqual([
      [
        'bob has joined (pid 2)',
        'bob made generator g',
        'g has ended after 1 frame, 60 bytes',
        'g has failed: eth0 is gone',
        'bob has left',
      ],
      ['alice made packet p', 'alice started g', 'g has ended after 1 frame, 60 bytes'],
    ]);
    expect(await ask<UserRow[]>({ op: 'users' })).toHaveLength(1);
  });
});

test('whatever users ask at once, generators keep their packets, run once, and stop in the end', async () => {
  const name = fc.constantFrom('a', 'b');
  const names = fc.oneof(fc.constant('all' as const), fc.array(name, { minLength: 1, maxLength: 2 }));
  const device = fc.constantFrom('eth0', 'none');
  const replace = fc.boolean();
  const text = fc.constantFrom('{ 1 }', '{ 2 }', '{');
  const settings = fc.record({ packet: name, device, count: fc.constantFrom(null, 3) });
  const operation = fc.oneof(
    fc.record({ op: fc.constant('set-packet' as const), name, text, replace }),
    fc.record({ op: fc.constantFrom('remove-packet' as const, 'remove-generator' as const), name }),
    fc.record({ op: fc.constant('set-generator' as const), name, settings, replace }),
    fc.record({ op: fc.constant('change-generator' as const), name, settings: fc.record({ packet: name }) }),
    fc.record({ op: fc.constantFrom('start' as const, 'stop' as const), names }),
  );
  const running = () => made.filter((one) => !one.isOver).map(({ plan }) => plan.source);
  await fc.assert(
    fc.asyncProperty(fc.array(fc.tuple(operation, fc.nat(2)), { maxLength: 30 }), async (steps) => {
      prepare();
      const answers: Promise<string>[] = [];
      for (const [one, pauses] of steps) {
        answers.push(code(ask(one)));
        for (let i = 0; i < pauses; i++) await Promise.resolve();
        if (pauses === 2) made.find((generator) => !generator.isOver)?.end(3);
      }
      for (const answer of await Promise.all(answers)) {
        expect(['done', 'unknown-name', 'name-taken', 'in-use', 'bad-config', 'no-device']).toContain(answer);
      }
      const packets = (await ask<PacketRow[]>({ op: 'packets' })).map((row) => row.name);
      const views = await ask<GeneratorView[]>({ op: 'generators' });
      for (const view of views) expect(packets).toContain(view.settings.packet);
      expect(views.filter(({ state }) => state === 'running')).toHaveLength(running().length);
      await generators.close();
      expect(running()).toEqual([]);
    }),
    { seed: 8, numRuns: 200 },
  );
});

test.each([
  { op: 'set-packet', name: '1p', text: '' },
  { op: 'set-packet', name: 'all', text: '' },
  { op: 'set-packet', name: `p${'x'.repeat(32)}`, text: '' },
  { op: 'set-generator', name: 'g', settings: { packet: 'p' } },
  { op: 'set-generator', name: 'g', settings: { packet: 'p', device: 'd', count: 0 } },
  {
    op: 'set-generator',
    name: 'g',
    settings: { packet: 'p', device: 'd', pace: { kind: 'gap', nanoseconds: 0 } },
  },
  { op: 'change-generator', name: 'g', settings: { cpus: [] } },
  { op: 'change-generator', name: 'g', settings: { speed: 1 } },
  { op: 'start', names: [] },
  { op: 'fly' },
])('no request: %j', (operation) => {
  expect(generatorRequestSchema.safeParse({ by: 'alice', ask: operation }).success).toBe(false);
});

test.each(['', 'a\nb', '\u001b[2J', 'x'.repeat(65)])('no login name: %j', (by) => {
  expect(generatorRequestSchema.safeParse({ by, ask: { op: 'users' } }).success).toBe(false);
});

test('the kernel writes received columns before sent ones', () => {
  const text = `Inter-|   Receive                                                |  Transmit
 face |bytes    packets errs drop fifo frame compressed multicast|bytes    packets errs drop fifo colls carrier compressed
    lo:    1234      12    1    2    0     0          0         0     5678      34    3    4    0     0       0          0
  eth0: 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0
`;
  const counters = parseCounters(text);
  expect([...counters.keys()]).toEqual(['lo', 'eth0']);
  expect(counters.get('lo')).toEqual({
    received: { bytes: 1234, packets: 12, errors: 1, dropped: 2 },
    sent: { bytes: 5678, packets: 34, errors: 3, dropped: 4 },
  });
});
