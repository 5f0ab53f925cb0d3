import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseStacks } from './stack-text.js';

/** As this machine's kernel writes it, Linux 6.18. */
const NEW = `# tracer: nop
#
# entries-in-buffer/entries-written: 1/1   #P:2
#
#                                _-----=> irqs-off/BH-disabled
#                               / _----=> need-resched
#           TASK-PID     CPU#  |||||  TIMESTAMP  FUNCTION
#              | |         |   |||||     |         |
            ping-4806    [001] b.... 22477.210127: <stack trace>
 => trace_event_raw_event_net_dev_template+0xbe/0x120
 => netif_rx_internal+0xf5/0x120
 => entry_SYSCALL_64_after_hwframe+0x76/0x7e
`;

test('a stack has its task, time and calls', () => {
  expect(parseStacks(NEW)).toEqual([
    {
      task: 'ping',
      pid: 4806,
      cpu: 1,
      time: 22477.210127,
      frames: [
        { symbol: 'trace_event_raw_event_net_dev_template', offset: 0xbe, size: 0x120 },
        { symbol: 'netif_rx_internal', offset: 0xf5, size: 0x120 },
        { symbol: 'entry_SYSCALL_64_after_hwframe', offset: 0x76, size: 0x7e },
      ],
    },
  ]);
});

describe('the heads of other kernels', () => {
  test.each([
    ['4.x: four flags', '          <idle>-0     [000] d.s3  2345.678901: <stack trace>', '<idle>', 0, 0],
    ['2.6.32: no flags', '   kworker/0:1-9    [012]  121.770022: <stack trace>', 'kworker/0:1', 9, 12],
    ['a name that ends in a line end', 'sh\n-8 [001] b.... 7.25: <stack trace>', '', 8, 1],
    ['record-tgid', '  a b-c-77  (     77) [003] ....1    12.5: <stack trace>', 'a b-c', 77, 3],
    [
      'record-tgid, unknown',
      '   <...>-1234    (-------) [000] ..s1. 9.000001: <stack trace>',
      '<...>',
      1234,
      0,
    ],
    ['trace-cmd', '  ping-5 [001] 7.25: kernel_stack:         <stack trace >', 'ping', 5, 1],
    ['clock "counter"', '  ping-5 [001] ..... 725: <stack trace>', 'ping', 5, 1],
  ])('%s', (_, head, task, pid, cpu) => {
    expect(parseStacks(`${head}\n => foo\n`)).toMatchObject([
      { task, pid, cpu, frames: [{ symbol: 'foo' }] },
    ]);
  });
});

test('calls may have modules, addresses, no offset, or no name', () => {
  const text = `  ping-5 [001] ..... 7.250000: <stack trace>
 => veth_xmit+0x1a/0x2c0 [veth]
 => netif_rx+0x1/0x2 <ffffffff81e5f001>
 => do_softirq.part.0
 => 0xffffffffc0286000
 => [unknown/kretprobe'd]
`;
  expect(parseStacks(text)[0].frames).toEqual([
    { symbol: 'veth_xmit', offset: 0x1a, size: 0x2c0, module: 'veth' },
    { symbol: 'netif_rx', offset: 1, size: 2 },
    { symbol: 'do_softirq.part.0' },
    { symbol: '0xffffffffc0286000' },
    { symbol: "[unknown/kretprobe'd]" },
  ]);
});

test('what is no stack is passed over, and ends one', () => {
  const text = `CPU:1 [LOST 23 EVENTS]
 => stray+0x1/0x2
  ping-5 [001] ..... 1.000000: <stack trace>
 => one+0x1/0x2

 => stray+0x1/0x2
  ping-5 [001] ..... 2.000000: netif_rx: dev=lo skbaddr=00000000 len=84
 => stray+0x1/0x2
  ping-5 [001] ..... 3.000000: <stack trace>
  ping-6 [000] ..... 4.000000: <stack trace>
 => two+0x1/0x2
`;
  expect(parseStacks(text).map(({ time, frames }) => [time, frames.map(({ symbol }) => symbol)])).toEqual([
    [1, ['one']],
    [3, []],
    [4, ['two']],
  ]);
});

test('any text has stacks or none, and is read to its end', () => {
  const piece = fc.oneof(
    fc.constantFrom(
      ' => ',
      '<stack trace>',
      'a-1 [000] ..... 1.5: ',
      '\n',
      '+0x',
      '/0x',
      '[',
      ']',
      '-',
      '12',
    ),
    fc.string({ maxLength: 6 }),
  );
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 60 }), (pieces) => {
      for (const { task, pid, cpu, time } of parseStacks(pieces.join(''))) {
        expect(task).not.toBe('');
        expect([pid, cpu, time].every(Number.isFinite)).toBe(true);
      }
    }),
    { seed: 1, numRuns: 500 },
  );
  const [stack] = parseStacks(`${pieces(40)}a-1 [000] ..... 1.5: <stack trace>\n => x\n`);
  expect(stack.frames.length).toBe(1);
});

/** Words that look like the beginning of a head again and again. */
function pieces(count: number): string {
  return 'a-1 '.repeat(count);
}
