// needs: root ip tc tcpdump gcc
// trafgen as its users run it: what it says it has sent is what the kernel has counted, on every way out.
import { mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { GeneratorFigures } from '../../src/generator/generator.js';
import { CaptureReader } from '../../src/wire/capture-file.js';
import type { CaptureRecord } from '../../src/wire/capture-record.js';
import { Lab, resultOf, root, type ToolResult, until } from './lab.js';

const main = join(root, 'dist/commands/trafgen/main.js');
const folder = mkdtempSync(join(tmpdir(), 'quipu-trafgen-'));
const frame = '{ fill(0xff, 6), 0x02, 0, 0, 0, 0, 1, c16(0x88b5), fill(0x41, 46) }';
const ways = ['xdp', 'packet'] as const;
let lab: Lab;

/** Device va of host left and vb of host right, joined. */
function makeCable(): void {
  lab = new Lab();
  lab.host('left', 'right');
  lab.cable('left', 'va', 'right', 'vb');
}

afterAll(() => rmSync(folder, { recursive: true }));

function start(...words: string[]) {
  return lab.start('left', [process.execPath, main, ...words]);
}

/** Runs trafgen to its end. */
function trafgen(words: readonly string[], input = ''): Promise<ToolResult> {
  const child = start(...words);
  child.stdin?.end(input);
  return resultOf(child);
}

/** Frames and bytes that have arrived at the other end of the cable. */
function arrived(): { frames: number; bytes: number } {
  return { frames: lab.counter('right', 'vb', 'rx_packets'), bytes: lab.counter('right', 'vb', 'rx_bytes') };
}

interface Answer extends GeneratorFigures {
  readonly done: boolean;
  readonly interrupted: boolean;
}

/** The last object of `--json`. */
function answerOf({ stdout }: ToolResult): Answer {
  return JSON.parse(stdout.trimEnd().split('\n').at(-1) ?? '') as Answer;
}

function writeConfig(text: string): string {
  const file = join(folder, 'packets.cfg');
  writeFileSync(file, text);
  return file;
}

/** The frames of a capture file, and their times in microseconds from the first one. */
function readCapture(file: string) {
  const reader = new CaptureReader();
  reader.push(readFileSync(file));
  const records: CaptureRecord[] = [];
  for (let record = reader.next(); record !== null; record = reader.next()) records.push(record);
  reader.finish();
  return {
    frames: records.map(({ bytes }) => Buffer.from(bytes).toString('hex')),
    at: records.map(({ timestamp }) => timestamp - records[0].timestamp),
  };
}

describe.each(ways)('%s, on a cable of its own', (way) => {
  beforeEach(makeCable);
  afterEach(() => lab.close());

  test('totals are exact, also with a small ring and with packets that change', async () => {
    const config = writeConfig(`${frame}\n{ eth(), ipv4(id=drnd()), udp(sport=dinc(1, 9)), fill(0, 200) }`);
    const result = await trafgen([
      '-o',
      'va',
      '-i',
      config,
      '-n',
      '100001',
      '-S',
      '4KiB',
      '--io',
      way,
      '--json',
    ]);
    expect([result.code, result.stderr]).toEqual([0, '']);
    const { frames, bytes, done, refused, workers } = answerOf(result);
    expect({ frames, bytes }).toEqual(arrived());
    expect([frames, bytes]).toEqual([100_001, 50_001 * 60 + 50_000 * 242]);
    expect([done, refused, workers.map((worker) => worker.way)]).toEqual([true, {}, [way]]);
  });

  test('Ctrl-C in the middle ends it, and the totals are exact', async () => {
    const child = start('-o', 'va', frame, '--io', way);
    const ended = resultOf(child);
    await until('frames are on their way', () => (arrived().frames > 5000 ? true : undefined));
    child.kill('SIGINT');
    const { code, stdout } = await ended;
    expect(code).toBe(130);
    const { frames, bytes } = arrived();
    expect(stdout).toContain(`${frames} frames, ${bytes} bytes in `);
  });

  test('a device that goes down ends it', async () => {
    const ended = trafgen(['-o', 'va', frame, '--io', way]);
    await until('frames are on their way', () => (arrived().frames > 0 ? true : undefined));
    lab.run('left', 'ip', 'link', 'set', 'va', 'down');
    const { code, stdout, stderr } = await ended;
    expect([code, stderr]).toEqual([1, 'trafgen: device va is down; "ip link set dev va up"\n']);
    expect(stdout).toContain(`${arrived().frames} frames, `);
  });

  test('a device that loses its carrier ends it', async () => {
    const ended = trafgen(['-o', 'va', frame, '--io', way]);
    await until('frames are on their way', () => (arrived().frames > 0 ? true : undefined));
    lab.run('right', 'ip', 'link', 'set', 'vb', 'down');
    const { code, stderr } = await ended;
    expect(code).toBe(1);
    expect(stderr).toContain('device va has no carrier');
  });

  test('a device that vanishes ends it', async () => {
    const ended = trafgen(['-o', 'va', frame, '--io', way, '--rate', '1kpps']);
    await until('frames are on their way', () => (arrived().frames > 0 ? true : undefined));
    lab.run('left', 'ip', 'link', 'del', 'va');
    const { code, stderr } = await ended;
    expect([code, stderr]).toEqual([1, 'trafgen: device va has vanished\n']);
  });

  test('paced frames come no earlier than asked, and all of them', async () => {
    const words = ['-o', 'va', frame, '-n', '301', '--io', way, '--json', '--gap'];
    const { frames, micros } = answerOf(await trafgen([...words, '1.5ms']));
    expect([frames, arrived().frames]).toEqual([301, 301]);
    // What is late is caught up, but none is early: only the first frame may be late for the whole of it.
    expect(micros).toBeGreaterThan(300 * 1500 - 50_000);
  });
});

describe('on a cable of its own', () => {
  beforeEach(makeCable);
  afterEach(() => lab.close());

  test.each(ways)('a MTU that shrinks on the way ends it: %s', async (way) => {
    const long = '{ eth(da=ff:ff:ff:ff:ff:ff), fill(0, 1000) }';
    const ended = trafgen(['-o', 'va', long, '--io', way, '--rate', '5kpps', '--json']);
    await until('frames are on their way', () => (arrived().frames > 0 ? true : undefined));
    for (const [host, device] of [
      ['right', 'vb'],
      ['left', 'va'],
    ] as const) {
      lab.run(host, 'ip', 'link', 'set', device, 'mtu', '500');
    }
    const result = await ended;
    expect(result.code).toBe(1);
    expect(result.stderr).toContain(
      'device va takes up to 514 bytes now (its MTU is 500), and a packet has 1014',
    );
    const { frames, refused } = answerOf(result);
    expect(frames).toBe(arrived().frames);
    expect(refused).toEqual(way === 'packet' ? { EMSGSIZE: 1000 } : {});
  });

  test('a queueing discipline that drops: what it does not take is sent again, and totals are exact', async () => {
    const slow = ['root', 'tbf', 'rate', '5mbit', 'burst', '2kb', 'limit', '6kb'];
    lab.run('left', 'tc', 'qdisc', 'add', 'dev', 'va', ...slow);
    const { frames, bytes, waits } = answerOf(
      await trafgen(['-o', 'va', frame, '-n', '5000', '-q', '-S', '16MiB', '--json']),
    );
    expect({ frames, bytes }).toEqual(arrived());
    expect(frames).toBe(5000);
    expect(waits).toBeGreaterThan(0);
  });

  test('workers share the count, each with its packets', async () => {
    const cpus = Array.from({ length: Math.min(2, availableParallelism()) }, (_, i) => i);
    const config = writeConfig(`cpu(0): ${frame}\ncpu(1): { eth(), fill(0, 100) }\n{ eth(), fill(0, 200) }`);
    const result = await trafgen(['-o', 'va', '-i', config, '-P', `${cpus.length}`, '-n', '1001', '--json']);
    const { frames, bytes, workers } = answerOf(result);
    expect({ frames, bytes }).toEqual(arrived());
    expect(frames).toBe(1001);
    // Worker 0 has 60 and 214 bytes by turns, worker 1 has 114 and 214.
    const shares = cpus.length === 1 ? [1001] : [501, 500];
    expect(workers.map((worker) => worker.frames)).toEqual(shares);
    const [first, second = 0] = shares;
    expect(bytes).toBe(Math.ceil(first / 2) * 60 + Math.floor(first / 2) * 214 + (second / 2) * (114 + 214));
  });

  test('a capture is sent once, at its distances', async () => {
    const [cfg, pcap] = [
      writeConfig(`${frame}\n{ eth(), fill(7, 100) }\n{ eth(), fill(8, 50) }`),
      join(folder, 'in.pcap'),
    ];
    await trafgen(['-o', pcap, '-i', cfg, '-t', '150ms']);
    const { frames, bytes, micros } = answerOf(await trafgen(['-o', 'va', '-i', pcap, '--json']));
    expect({ frames, bytes }).toEqual(arrived());
    expect([frames, bytes]).toEqual([3, 60 + 114 + 64]);
    expect(micros).toBeGreaterThan(2 * 150_000 - 50_000);
    const more = answerOf(await trafgen(['-o', 'va', '-i', pcap, '-n', '10', '--gap', '0', '--json']));
    expect([more.frames, more.bytes]).toEqual([10, 3 * (60 + 114 + 64) + 60]);
    expect(arrived().frames).toBe(13);
    if (availableParallelism() < 2) return;
    const dealt = answerOf(await trafgen(['-o', 'va', '-i', pcap, '--cpu', '0-1', '--json']));
    expect([dealt.frames, dealt.bytes]).toEqual([frames, bytes]);
  });

  test('a tag may make a frame longer: what the check lets through, the kernel takes', async () => {
    for (const [io, tag] of [
      ['packet', 'vlan()'],
      ['xdp', 'vlan()'],
      ['xdp', 'vlan(1ad)'],
    ]) {
      const result = await trafgen([
        '-o',
        'va',
        '--io',
        io,
        '-n',
        '5',
        `{ ${tag}, fill(0, 1500) }`,
        '--json',
      ]);
      expect([result.code, answerOf(result).frames], `${io} ${tag}`).toEqual([0, 5]);
    }
    expect(arrived().frames).toBe(15);
  });

  test('the spellings of the thesis', async () => {
    const result = await trafgen(['-dev', 'va', '-conf', writeConfig(frame), '-bind', '0', '-n', '10', '-V']);
    expect([result.code, arrived().frames]).toEqual([0, 10]);
    expect(result.stdout).toMatch(/^ +0 +0 +(xdp|packet) +10 +600$/m);
  });

  test('a down device and a missing privilege are told before anything is sent', async () => {
    lab.run('left', 'ip', 'link', 'set', 'va', 'down');
    expect((await trafgen(['-o', 'va', frame])).stderr).toBe(
      'trafgen: device va is down; "ip link set dev va up"\n',
    );
    lab.run('left', 'ip', 'link', 'set', 'va', 'up');
    const child = lab.start('left', [
      'setpriv',
      '--bounding-set=-net_raw',
      '--inh-caps=-net_raw',
      '--reuid=0',
      process.execPath,
      main,
      '-o',
      'va',
      frame,
      '-n',
      '1',
    ]);
    const { code, stderr } = await resultOf(child);
    expect([code, stderr]).toEqual([
      1,
      'trafgen: cannot open a packet socket for va: EPERM: not permitted; it needs root or CAP_NET_RAW\n',
    ]);
  });
});

describe('on one cable', () => {
  beforeAll(makeCable);
  afterAll(() => lab.close());

  test('each packet once to a file: nothing is sent, and no device is needed', async () => {
    const config = writeConfig(`${frame}\n{ 1, 2, 3 }\n`);
    for (const name of ['out.pcap', 'out.pcapng']) {
      const file = join(folder, name);
      expect(await trafgen(['-o', file, '-c', config, '-t', '50us'])).toMatchObject({ code: 0, stdout: '' });
      expect(readCapture(file)).toEqual({
        frames: [`ffffffffffff02000000000188b5${'41'.repeat(46)}`, '010203'],
        at: [0, 50],
      });
    }
    expect((await trafgen(['--hex', '-i', '-'], '{ 0xca, 0xfe }')).stdout).toBe('000000  ca fe\n\n');
    const written = join(folder, 'out.cfg');
    await trafgen(['-o', written, '-i', config]);
    const again = await trafgen(['-o', '-', '-i', written]);
    expect(again.stdout).toBe((await trafgen(['-o', '-', '-i', config])).stdout);
  });

  test.each(ways)('what arrives is what was written, byte for byte and in order: %s', async (way) => {
    const config = writeConfig(
      `${frame}\n{ eth(), ipv4(id=drnd(), ttl=dinc()), udp(sport=dinc(1, 9)), fill(7, 90) }`,
    );
    const [sent, wanted] = [join(folder, 'sent.pcap'), join(folder, 'wanted.pcap')];
    const common = ['-i', config, '-n', '2000', '-E', '9'];
    await trafgen(['-o', wanted, ...common]);
    const words = ['tcpdump', '-i', 'vb', '-n', '-U', '-B', '8192', '-Z', 'root', '-c', '2000', '-w', sent];
    const tcpdump = lab.start('right', words);
    const captured = resultOf(tcpdump);
    await new Promise((resolve) => tcpdump.stderr?.once('data', resolve)); // listening on vb
    await trafgen(['-o', 'va', ...common, '--io', way, '--rate', '20kpps']);
    expect((await captured).code).toBe(0);
    // The device has an address that a file does not know.
    const mac = (hex: string) => hex.slice(0, 12) + hex.slice(24);
    expect(readCapture(sent).frames.map(mac)).toEqual(readCapture(wanted).frames.map(mac));
  });

  test('the same seed gives the same packets, and it is told', async () => {
    const words = ['-o', '-', '{ drnd(8), rnd(8) }', '{ 1 }'].slice(0, 3);
    const runs = await Promise.all(['5', '5', '6'].map((seed) => trafgen([...words, '-n', '3', '-E', seed])));
    expect(runs[0].stdout).toBe(runs[1].stdout);
    expect(runs[0].stdout).not.toBe(runs[2].stdout);
    const { seed } = answerOf(await trafgen(['-o', 'va', frame, '-n', '1', '-E', '77', '--json']));
    expect(seed).toBe(77);
  });

  test.each<[string, number, string]>([
    ['-o va', 2, 'no packets are given: name a file'],
    [`-o va FRAME -i ${main}`, 2, 'packets are given more than once'],
    ['FRAME', 2, 'where to? --out eth0'],
    ['-o va -d vb FRAME', 2, 'give --out or --dev, not both'],
    ['-o none FRAME', 1, 'device none: ENODEV'],
    ['-o out.txt FRAME', 1, 'its name has to end in .pcap, .pcapng, .cfg or .hex'],
    ['-o x.pcap FRAME --gap recorded', 2, 'only frames of a capture have a recorded pace'],
    ['-o va -i /no/such/file', 2, 'cannot read /no/such/file: there is no such file'],
    ['-o /no/such/dir/x.pcap FRAME', 2, 'cannot write /no/such/dir/x.pcap: there is no such file'],
    ['-o va FRAME -b 3parsecs', 2, '"3parsecs" is no rate'],
    ['-o va FRAME -b 1pps -t 1us', 2, 'give --rate or --gap, not both'],
    ['-o va FRAME --gap recorded', 2, 'only frames of a capture have a recorded pace'],
    ['-o va FRAME -P 8000', 2, 'CPUs for this process'],
    ['-o va FRAME --cpu 7999', 2, 'may not use CPU 7999'],
    ['-o va FRAME -S 1KiB', 2, '"1KiB" is no size'],
    ['-o va FRAME --io xdp -q', 2, 'AF_XDP goes past the queueing discipline'],
    ['-o va FRAME -R', 2, 'set the device to monitor mode first'],
    ['-o va {1}', 1, 'PACKET:1: 1 bytes are too few: va takes 14 and more'],
    [
      '-o va {eth(),fill(0,1501)}',
      1,
      'PACKET:1: 1515 bytes are too many: va takes up to 1514 (its MTU is 1500)',
    ],
    ['-o va {vlan(1ad),fill(0,1500)}', 1, 'PACKET:1: 1518 bytes are too many: va takes up to 1514'],
    ['-o x.pcap cpu(5):{eth()}', 1, 'PACKET: there is no packet to write'],
    ['-o va cpu(5):{eth()}', 1, 'PACKET: there is no packet to send'],
    ['-o va {nonsense}', 2, 'PACKET:1:2: '],
    ['-o x.pcap FRAME -s 10.0.0.1', 2, '--smoke-test: only when packets are sent to a device'],
    ['-o va FRAME -s nobody', 2, '"nobody" is no IPv4 or IPv6 address'],
    ['-o va FRAME -u nobody-of-that-name', 1, 'cannot become user nobody-of-that-name'],
  ])('%s: says what is wrong', async (line, code, message) => {
    const words = line.split(' ').map((word) => (word === 'FRAME' ? frame : word));
    const result = await trafgen(words);
    expect(result.stderr).toContain(message);
    expect(result.code).toBe(code);
  });

  test('who cannot become the user sends nothing', async () => {
    const before = lab.counter('left', 'va', 'tx_packets');
    for (const more of [[], ['-s', '127.0.0.1']]) {
      const result = await trafgen(['-o', 'va', frame, '-n', '500', '-u', 'nobody-of-that-name', ...more]);
      expect(result).toMatchObject({ code: 1, stdout: '' });
      expect(result.stderr).toContain('cannot become user nobody-of-that-name');
    }
    expect(lab.counter('left', 'va', 'tx_packets')).toBe(before);
  });

  test('a full disk is no wrong usage', async () => {
    const full = join(folder, 'full.pcap');
    symlinkSync('/dev/full', full);
    const result = await trafgen(['-o', full, frame]);
    expect(result).toMatchObject({
      code: 1,
      stderr: `trafgen: cannot write ${full}: no space is left on the disk\n`,
    });
  });

  test('faults behind the preprocessor are told where they were written', async () => {
    const config = writeConfig('#define LONG 3000\n\n{ eth(),\n  fill(0, LONG) }\n');
    const long = await trafgen(['-o', 'va', '-p', '-i', config]);
    expect(long.stderr).toContain(`${config}:3: 3014 bytes are too many`);
    const bad = await trafgen(['-o', '-', '-D', 'LONG=nonsense(', '-i', writeConfig('{ 1 }\n{ LONG }\n')]);
    expect(bad.stderr).toContain(`${config}:2:`);
  });
});
