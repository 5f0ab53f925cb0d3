import { afterEach, describe, expect, test } from 'vitest';
import { type FakeKernel, type FakeTracefs, fakeTracefs } from '../../testing/fake-tracefs.js';
import { arm, caught, Follower, firesLeft, Refused, remove } from './arm.js';
import { armedAs, armedIn } from './instances.js';
import { sweepEvents } from './kprobe.js';
import type { Target } from './way.js';

let fake: FakeTracefs;
afterEach(() => fake.close());
const start = (kernel: FakeKernel) => {
  fake = fakeTracefs(kernel);
  return fake.directory;
};
const everything: FakeKernel = { kprobes: true, functions: 'open', events: ['net:netif_rx'] };
const stack = '  ping-5 [001] ..... 1.000000: <stack trace>\n => netif_rx+0x1/0x120\n';

const targets: [Target, string[], string[]][] = [
  [
    { way: 'kprobe', name: 'ip_rcv.constprop.0' },
    [
      'kprobe_events < p:quipu_otst/o7_1_ip_rcv_constprop_0 ip_rcv.constprop.0',
      'instances/I/events/quipu_otst/o7_1_ip_rcv_constprop_0/trigger < stacktrace:1',
    ],
    [
      'instances/I/events/quipu_otst/o7_1_ip_rcv_constprop_0/trigger < !stacktrace',
      'removed I',
      'kprobe_events < -:quipu_otst/o7_1_ip_rcv_constprop_0',
    ],
  ],
  [
    { way: 'ftrace', name: 'ip_rcv.constprop.0' },
    ['instances/I/set_ftrace_filter < ip_rcv.constprop.0:stacktrace:1'],
    ['instances/I/set_ftrace_filter < !ip_rcv.constprop.0:stacktrace:0', 'removed I'],
  ],
  [
    { way: 'tracepoint', name: 'net:netif_rx' },
    ['instances/I/events/net/netif_rx/trigger < stacktrace:1'],
    ['instances/I/events/net/netif_rx/trigger < !stacktrace', 'removed I'],
  ],
];

describe.each(targets)('$way', (target, arming, removing) => {
  test('is armed in an instance of its own, fires once, and is removed whole', () => {
    const directory = start(everything);
    const armed = arm(directory, target, 1, '7.1');
    const log = () => fake.log.splice(0).map((line) => line.replace(armed.instance, 'I'));
    expect(log()).toEqual([
      'made I',
      'instances/I/buffer_size_kb < 65',
      'instances/I/trace_options < sym-offset',
      ...arming,
    ]);
    expect(armedIn(directory)).toEqual([armed]);
    expect([firesLeft(directory, armed), caught(directory, armed)]).toEqual([1, []]);
    const follower = new Follower(directory, armed);
    fake.fire(armed.instance, stack);
    expect(firesLeft(directory, armed)).toBe(0);
    expect(follower.take()).toEqual(caught(directory, armed));
    expect(follower.take()).toEqual([]);
    follower.close();
    remove(directory, armed);
    expect(log()).toEqual(removing);
    expect(armedIn(directory)).toEqual([]);
    expect(directory.exists('kprobe_events') && directory.read('kprobe_events')).toBe('');
  });

  test('is left nothing of when the kernel refuses it', () => {
    const directory = start({
      ...everything,
      refuse: (path, line) =>
        line.includes('stacktrace') && path.includes('instances') ? 'EINVAL' : undefined,
    });
    expect(() => arm(directory, target, 1, '')).toThrow(
      new Refused('EINVAL: the kernel does not accept these values'),
    );
    expect(directory.names('instances')).toEqual([]);
    expect(directory.read('kprobe_events')).toBe('');
  });

  test('half armed, as a killed process leaves it, is removed too', () => {
    const directory = start(everything);
    const armed = armedAs(target, '7.1');
    directory.makeInstance(armed.instance);
    expect(firesLeft(directory, armed)).toBe(null);
    remove(directory, armed);
    expect(armedIn(directory)).toEqual([]);
  });

  test('is armed as often as asked for', () => {
    const directory = start(everything);
    expect(firesLeft(directory, arm(directory, target, 12, ''))).toBe(12);
  });
});

test('the kernel’s own words on a kprobe are told', () => {
  const errorLog = `[  10.000000] trace_kprobe: error: Failed to register probe event
  Command: p:quipu_otst/o_other other
           ^
[  12.345678] trace_kprobe: error: Invalid probed address or symbol
  Command: p:quipu_otst/o_ip_rcv ip_rcv
                                  ^
`;
  const refuse = (path: string) => (path === 'kprobe_events' ? ('EINVAL' as const) : undefined);
  const directory = start({ ...everything, errorLog, refuse });
  const refusal = 'EINVAL: the kernel does not accept these values';
  expect(() => arm(directory, { way: 'kprobe', name: 'ip_rcv' }, 1, '')).toThrow(
    new Refused(`${refusal} (Invalid probed address or symbol)`),
  );
  // What was written of another symbol is another's error.
  expect(() => arm(directory, { way: 'kprobe', name: 'ip_output' }, 1, '')).toThrow(new Refused(refusal));
});

test('what cannot be removed stays as it is known', () => {
  const directory = start(everything);
  const armed = arm(directory, { way: 'kprobe', name: 'ip_rcv' }, 1, '');
  fake.busy = true;
  expect(() => remove(directory, armed)).toThrow('EBUSY');
  expect(armedIn(directory)).toEqual([armed]);
  expect(directory.read('kprobe_events')).toContain('ip_rcv');
});

test('kprobe events of ours without an instance are swept away, other people’s stay', () => {
  const directory = start(everything);
  const armed = arm(directory, { way: 'kprobe', name: 'ip_rcv' }, 1, '');
  directory.write('kprobe_events', 'p:quipu_otst/o9_9_lost lost');
  directory.write('kprobe_events', 'p:kprobes/mine mine');
  sweepEvents(directory, armedIn(directory));
  expect(directory.read('kprobe_events')).toBe('p:quipu_otst/o_ip_rcv ip_rcv\np:kprobes/mine mine\n');
  expect(firesLeft(directory, armed)).toBe(1);
});
