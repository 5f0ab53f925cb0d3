import { expect, test } from 'vitest';
import type { TraceStep } from '../../engine/trace.js';
import {
  emitPacketBlock,
  interfaceDescription,
  packetBlockLength,
  sectionHeader,
} from '../../wire/pcapng-emit.js';
import { plain } from '../shared/style.js';
import { appliedText } from './apply.js';
import { type CaptureTarget, recordText } from './capture-target.js';
import { doctorText } from './doctor.js';
import { capabilitiesIn, tunCheck, waysSentence } from './doctor-checks.js';
import { freshText, newDrops } from './drops.js';
import { engineText } from './engine-text.js';
import { PcapngBlocks } from './pcapng-blocks.js';
import { duration, statusText } from './status-text.js';
import { copyFrames } from './tap.js';
import { traceText } from './trace-text.js';

const step = (block: string, type: string, idp: number, more: Partial<TraceStep>): TraceStep => ({
  branch: 0,
  block,
  type,
  idp,
  direction: 'ingress',
  micros: 2,
  lengthBefore: 42,
  lengthAfter: 42,
  front: 0,
  changes: [],
  result: 'ingress',
  copies: [],
  ...more,
});

const arp = 'ffffffffffff020000000002080600010800060400010200000000020a0000020000000000000a000001';

test('a trace tells blocks, times, changed bytes, copies and ends', () => {
  const steps = [
    step('eth0', 'ethernet', 1, { micros: 12.25 }),
    step('fb2', 'tee', 2, { copies: [{ port: 'ingress1', branch: 1 }] }),
    step('fb3', 'bpf', 3, { result: 'dropped: filtered' }),
    step('v10', 'ethernet-tagged', 5, {
      branch: 1,
      direction: 'egress',
      lengthAfter: 44,
      front: 2,
      changes: [{ offset: 12, before: '0806', after: 'ac0a' }],
      result: 'egress',
    }),
    step('cut', 'bpf', 6, { branch: 1, lengthAfter: 20, result: 'ingress, dropped: unbound-port' }),
  ];
  expect(
    traceText({ bytes: arp, length: 42, timestamp: 0, steps }),
  ).toBe(`ARP who-has 10.0.0.1 tell 10.0.0.2, 42 bytes
  eth0  ethernet  IDP 1  ingress  12.3 µs  -> ingress
  fb2   tee       IDP 2  ingress     2 µs  -> ingress
  fb3   bpf       IDP 3  ingress     2 µs  dropped: filtered
  copy 1, from fb2 by ingress1
    v10  ethernet-tagged  IDP 5  egress   2 µs  -> egress
                                                2 bytes put in front
                                                byte 12: 0806 -> ac0a
    cut  bpf              IDP 6  ingress  2 µs  -> ingress, dropped: unbound-port
                                                22 bytes cut off the end
`);
});

test('status begins with the account of all frames', () => {
  const totals = {
    in: 9,
    inBytes: 0,
    created: 1,
    out: 2,
    outBytes: 0,
    consumed: 3,
    dropped: 4,
    frames: 9,
    bytes: 540,
    invocations: 30,
    held: 1,
  };
  const engines = [{ engine: 0, frames: 9, bytes: 540, invocations: 30, backlog: 2 }];
  const pool = { size: 64, free: 63, slotBytes: 2048 };
  const daemon = { version: '0.1.0', pid: 7, uptimeSeconds: 80, socket: '/run/q', rssBytes: 90 << 20 };
  const status = { totals, drops: [], engines, pool, blocks: 6, daemon, confirmWithin: 3.2 };
  expect(statusText(status, [])).toBe(`frames in 9, created 1, out 2, consumed 3, dropped 4, held 1
a change is taken back in 4 s unless you run: quipu confirm
daemon 0.1.0, pid 7, up 1 min 20 s, 90 MiB, /run/q
6 blocks; pool: 63 of 64 frames free, 2048 bytes each

ENGINE  FRAMES  BYTES  INVOCATIONS  BACKLOG
     0       9    540           30        2
`);
  const several = [
    { ...engines[0], crossedIn: 4, crossedOut: 0 },
    { engine: 1, frames: 8, bytes: 480, invocations: 9, backlog: 0, crossedIn: 0, crossedOut: 4 },
  ];
  expect(statusText({ ...status, engines: several }, [])).toContain(`
ENGINE  FRAMES  BYTES  INVOCATIONS  BACKLOG  CAME OVER  WENT OVER
     0       9    540           30        2          4          0
     1       8    480            9        0          0          4
`);
});

test.each([
  [0.5, '0 s'],
  [3599, '59 min 59 s'],
  [7500, '2 h 5 min'],
  [90_000, '1 d 1 h'],
])('%d seconds are %s', (seconds, text) => {
  expect(duration(seconds)).toBe(text);
});

test('drops --follow tells what grew', () => {
  const line = { block: 'a', reason: 'filtered', text: '', count: 3 };
  const fresh = newDrops(
    [line],
    [
      { ...line, count: 5, sample: 'ff' },
      { ...line, block: 'b' },
    ],
  );
  expect(fresh.map(freshText)).toEqual(['a  filtered  +2 (5)  the last began ff\n', 'b  filtered  +3 (3)\n']);
  expect(newDrops([line], [line])).toEqual([]);
});

function packet(length: number): Uint8Array {
  const meta = {
    interfaceId: 0,
    timestamp: 1,
    originalLength: length,
    direction: 1,
    dropCount: 0,
    comment: null,
  };
  const block = new Uint8Array(packetBlockLength(length, meta));
  emitPacketBlock(block, 0, meta, new Uint8Array(length), 0, length);
  return block;
}

const stream = Buffer.concat([
  sectionHeader('x'),
  interfaceDescription(1, 'y'),
  packet(60),
  packet(61),
  packet(62),
]);

test.each([1, 7, 100, 1000])('a capture is cut into whole blocks, chunks of %d bytes', (size) => {
  const blocks = new PcapngBlocks();
  const found = [];
  for (let at = 0; at < stream.length; at += size) found.push(...blocks.push(stream.subarray(at, at + size)));
  expect(found.map((block) => block.isPacket)).toEqual([false, false, true, true, true]);
  expect(Buffer.concat(found.map((block) => block.bytes))).toEqual(stream);
});

test.each([0, 8, 13, 0x7fffffff])('a block length of %d is refused', (length) => {
  const bad = Buffer.alloc(16);
  bad.writeUInt32LE(length, 4);
  expect(() => new PcapngBlocks().push(bad)).toThrow(RangeError);
});

test('a tap ends after as many frames as were asked for, with whole blocks, and closes its file', async () => {
  const written: Uint8Array[] = [];
  let closed = 0;
  const target: CaptureTarget = {
    name: 't',
    write: async (block) => void written.push(Uint8Array.from(block)),
    close: () => {
      closed++;
    },
  };
  async function* chunks() {
    yield stream.subarray(0, 150);
    yield stream.subarray(150);
  }
  expect(await copyFrames(chunks(), target, 2)).toBe(2);
  expect(Buffer.concat(written)).toEqual(stream.subarray(0, stream.length - packet(62).length));
  expect(closed).toBe(1);
  expect(await copyFrames(chunks(), target, 100)).toBe(3);
});

test('a frame on one line, with the reason of its drop', () => {
  const bytes = Uint8Array.from(Buffer.from(arp, 'hex'));
  const record = {
    timestamp: 61_000_005,
    originalLength: 42,
    bytes,
    interfaceId: 0,
    linkType: 1,
    comment: 'dropped by fb3: filtered',
    direction: 1,
    dropCount: 0,
  };
  expect(recordText(record)).toBe(
    '00:01:01.000005 in  ARP who-has 10.0.0.1 tell 10.0.0.2, 42 bytes; dropped by fb3: filtered\n',
  );
  const [line, ...more] = recordText({ ...record, comment: 'a\u001b[2J' }, { layers: true, hex: true }).split(
    '\n',
  );
  expect(line).toMatch(/42 bytes; a\uFFFD\[2J$/);
  expect(more).toContain('ARP (bytes 14 to 41)');
  expect(more).toContain('  sender ip          10.0.0.2');
  expect(more).toContain('  0x0020  0000 0000 0000 0a00 0001                 ..........');
});

test('a packet without a link header is told from a frame', () => {
  const text = (hex: string) => {
    const bytes = Uint8Array.from(Buffer.from(hex, 'hex'));
    const rest = { interfaceId: 0, linkType: 1, comment: '', direction: 1, dropCount: 0 };
    return recordText({ timestamp: 0, originalLength: bytes.length, bytes, ...rest });
  };
  const v4 = '4500001c00010000400166de0a0000010a0000020800f7fd00010001';
  expect(text(v4)).toContain('in  IPv4 10.0.0.1 > 10.0.0.2 ICMP');
  expect(text(v4.replace('4001', '4101'))).toContain('> 45:00:00:1c:00:01'); // its checksum is wrong
  const v6 = `6000000000003b40${'20010db8'.padEnd(31, '0')}1${'20010db8'.padEnd(31, '0')}2`;
  expect(text(v6)).toContain('in  IPv6 2001:db8::1 > 2001:db8::2');
  const frame = `600000000000020000000001${'0806'}${arp.slice(28)}`; // to a station whose address looks like a header
  expect(text(frame)).toContain('in  ARP who-has');
});

test('doctor marks what is missing and says what that means', () => {
  const check = (ok: boolean, needed: boolean) => ({ what: 'x', ok, needed, detail: 'd' });
  expect(doctorText([check(true, true)], plain)).toBe('✓ x: d\n\nlive interfaces can be hooked\n');
  expect(doctorText([check(false, true)], plain)).toContain(
    '✗ x: d\n\n1 of the things that live interfaces need is missing',
  );
  expect(doctorText([check(false, false)], plain)).toContain('see ✗');
  expect(capabilitiesIn('Name:\tx\nCapEff:\t0000000000003000\n')).toBe(0x3000n);
  expect(capabilitiesIn('')).toBe(0n);
});

test('doctor looks at /dev/net/tun without making a device', () => {
  expect(tunCheck('/dev/null')).toMatchObject({ ok: true, needed: false });
  expect(tunCheck('/no/such/file')).toMatchObject({
    ok: false,
    detail: 'there is no /no/such/file: load the module "tun"; in a container, pass the device in',
  });
});

test('show engine: a row for each entry, the generated functions behind', () => {
  const entry = {
    block: 'eth0',
    direction: 'ingress',
    runs: 'fused',
    why: '',
    blocks: ['eth0', 'tee'],
  } as const;
  const cold = {
    ...entry,
    block: 'eth1',
    runs: 'dispatch',
    why: 'cold: 2 of 64 frames',
    blocks: [],
  } as const;
  const engines = [
    {
      engine: 0,
      entries: [
        { ...entry, frames: 100, source: 'return 1;\n\n' },
        { ...cold, frames: 2 },
      ],
    },
  ];
  expect(engineText({ engines })).toBe(`ENGINE  ENTRY         RUNS      FRAMES  BLOCKS    WHY
     0  eth0 ingress  fused        100  eth0 tee
     0  eth1 ingress  dispatch       2            cold: 2 of 64 frames

engine 0, eth0 ingress
return 1;
`);
  const blocks = Array.from({ length: 30 }, (_, i) => `counter${i}`);
  expect(engineText({ engines: [{ engine: 1, entries: [{ ...entry, blocks, frames: 1 }] }] })).toContain(
    '... (30)',
  );
  expect(engineText({ engines: [{ engine: 0, entries: [] }] })).toBe(
    'no frame can enter yet: nothing is hooked\n',
  );
});

test('apply says what it did, once it is done', () => {
  const report = { actions: ['a', 'b'], results: [], dryRun: false, micros: 310 };
  expect(appliedText(report)).toBe('applied 2 changes in 0.3 ms\n');
  expect(appliedText({ ...report, actions: [] })).toBe('nothing to change: the graph is as it should be\n');
  expect(appliedText({ ...report, dryRun: true })).toBe('');
});

test('the ways to a kernel stack are one sentence, those that work first', () => {
  const off = { way: 'kprobe', allowed: false, detail: 'no kprobe_events' } as const;
  const on = { way: 'tracepoint', allowed: true, detail: '7 places' } as const;
  expect(waysSentence([off, on])).toBe('by tracepoint (7 places); not by kprobe: no kprobe_events');
  expect(waysSentence([off])).toBe('not by kprobe: no kprobe_events');
});
