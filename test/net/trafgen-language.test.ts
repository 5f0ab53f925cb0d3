// needs: root ip trafgen tcpdump tshark
import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { seededRandom } from '../../src/testing/random.js';
import { trafficFrames } from '../../src/testing/traffic-frames.js';
import { HEADER_SHAPES } from '../../src/traffic/headers.js';
import type { TrafficSurroundings } from '../../src/traffic/traffic.js';
import { PcapReader } from '../../src/wire/pcap.js';
import { Lab, until } from './lab.js';
import {
  CHECKSUMS,
  COMBINATIONS,
  countedSamples,
  DNS_MESSAGES,
  FUNCTIONS,
  fieldSamples,
  LITERALS,
  ON_A_DEVICE,
  type Sample,
} from './trafgen-corpus.js';
import { DIFFERENCES, type Difference } from './trafgen-differences.js';

const peer = '/usr/sbin/trafgen';
const directory = mkdtempSync(join(tmpdir(), 'quipu-trafgen-'));
let files = 0;

afterAll(() => rmSync(directory, { recursive: true, force: true }));

/** Frames of a capture file, in hex. */
function framesOf(file: string): string[] {
  const reader = new PcapReader();
  reader.push(readFileSync(file));
  const frames: string[] = [];
  for (let record = reader.next(); record !== null; record = reader.next()) {
    frames.push(Buffer.from(record.bytes).toString('hex'));
  }
  return frames;
}

/** What the peer writes into a file for a configuration, one line of hex for each sending; none when it refuses. */
function peerFrames(text: string, count: number): string[] {
  const { args, file } = peerCall(text, count);
  // Its exit code says little: it may stumble over its own memory when all is written.
  spawnSync(peer, args, { stdio: 'ignore', cwd: directory, timeout: 10_000, killSignal: 'SIGKILL' });
  return existsSync(file) ? framesOf(file) : [];
}

/** True when the peer stops with an assertion; it hangs then, and is killed. */
function peerCrashes(text: string): Promise<boolean> {
  const child = spawn(peer, peerCall(text, 1).args, { stdio: ['ignore', 'ignore', 'pipe'], cwd: directory });
  let said = '';
  child.stderr.setEncoding('utf8').on('data', (chunk: string) => {
    said += chunk;
    if (said.includes('Assertion')) child.kill('SIGKILL');
  });
  return new Promise((resolve) => child.on('close', () => resolve(said.includes('Assertion'))));
}

function peerCall(text: string, count: number): { args: string[]; file: string } {
  const name = join(directory, String(++files));
  writeFileSync(`${name}.cfg`, text);
  const args = ['-i', `${name}.cfg`, '-o', `${name}.pcap`, '-P', '1', '-n', String(count)];
  return { args, file: `${name}.pcap` };
}

/** Frames beside the packets that they come from, so that a difference is told by its packet. */
function named(samples: readonly Sample[], frames: readonly string[]): string[] {
  return frames.map((frame, i) => `${samples[i % samples.length].text} ${frame}`);
}

function byTimes(samples: readonly Sample[]): Map<number, Sample[]> {
  const groups = new Map<number, Sample[]>();
  for (const sample of samples) {
    const { times = 1 } = sample;
    groups.set(times, [...(groups.get(times) ?? []), sample]);
  }
  return groups;
}

/** Samples in files of at most `most` packets, each sent as often as it says. */
function* batches(
  samples: readonly Sample[],
  most = 20,
): Generator<{ batch: Sample[]; text: string; count: number }> {
  for (const [times, group] of byTimes(samples)) {
    for (let i = 0; i < group.length; i += most) {
      const batch = group.slice(i, i + most);
      yield { batch, text: batch.map(({ text }) => text).join('\n'), count: times * batch.length };
    }
  }
}

describe('bytes are those of netsniff-ng', () => {
  const corpus: Record<string, readonly Sample[]> = {
    'numbers, characters and strings': LITERALS,
    functions: FUNCTIONS,
    checksums: CHECKSUMS,
    'every field of every header': fieldSamples(),
    'every field as a counter': countedSamples(),
    combinations: COMBINATIONS,
  };

  test.each(Object.entries(corpus))('%s', (_, samples) => {
    for (const { batch, text, count } of batches(samples)) {
      const frames = peerFrames(text, count);
      expect(named(batch, trafficFrames(text, count))).toEqual(named(batch, frames));
    }
  });

  test('messages of DNS', () => {
    for (const { batch, text, count } of batches(DNS_MESSAGES, 1)) {
      expect(named(batch, trafficFrames(text, count))).toEqual(named(batch, peerFrames(text, count)));
    }
  });

  test('what is random changes where the peer lets it change, and stays within its bounds', () => {
    const texts = [
      '{ rnd(4), 1, drnd(4), drnd(), 2, rnd(1) }',
      '{ eth(sa=drnd(), da[1]=drnd()), ipv4(sa[1:2]=drnd(), dscp=drnd(), frag=drnd(1,7)), udp(sp=drnd(80,95), dp=drnd()) }',
      '{ eth(type=0x86dd), ipv6(sa=drnd(1,3), da[2:2]=drnd(), fl=drnd()), tcp(seq[0:2]=drnd(), urgptr=drnd(5,6)) }',
    ];
    const count = 300 * texts.length;
    const text = texts.join('\n');
    const [theirs, ours] = [peerFrames(text, count), trafficFrames(text, count)].map((frames) => {
      return texts.map((_, packet) => seen(frames.filter((__, i) => i % texts.length === packet)));
    });
    for (const packet of texts.keys()) {
      // Bits that were 0 as well as 1: of an even draw over 300 sendings, all that can be.
      expect(ours[packet].changing).toBe(theirs[packet].changing);
      // What stands still is the same, but for the bytes that were drawn once.
      if (packet > 0) expect(ours[packet].still).toBe(theirs[packet].still);
    }
    // The peer's numbers have 31 bits.
    const wide = '{ tcp(csum=0, seq=drnd()) }';
    const bits = (frames: readonly string[]) => seen(frames.map((frame) => frame.slice(76, 84))).changing;
    expect(bits(peerFrames(wide, 300))).toBe('7fffffff');
    expect(bits(trafficFrames(wide, 300))).toBe('ffffffff');
  });

  test('the corpus is as large as it is meant to be', () => {
    const all = [...Object.values(corpus).flat(), ...ON_A_DEVICE];
    expect(new Set(all.map(({ text }) => text)).size).toBeGreaterThan(350);
    expect([...batches(all)].length).toBeGreaterThan(24);
  });

  test('on a device, whose addresses fill in what is left out', { timeout: 60_000 }, async () => {
    const lab = new Lab();
    try {
      await compareOnDevice(lab);
    } finally {
      await lab.close();
    }
  });
});

/** Which bits of a few frames change, and what those are that do not: numbers in hex. */
function seen(frames: readonly string[]): { changing: string; still: string } {
  let [and, or] = [-1n, 0n];
  for (const frame of frames) {
    const bits = BigInt(`0x${frame}`);
    and &= bits;
    or |= bits;
  }
  return { changing: (or & ~and).toString(16), still: and.toString(16) };
}

async function compareOnDevice(lab: Lab): Promise<void> {
  lab.host('host');
  lab.cable('host', 'veth0', 'host', 'veth1');
  const inHost = (command: string) => lab.run('host', 'sh', '-c', command);
  inHost('ip link set veth0 address 02:00:00:00:00:0a && ip address add 10.9.8.7/24 dev veth0');
  inHost('ip link set veth0 addrgenmode none && echo 0 > /proc/sys/net/ipv6/conf/veth0/disable_ipv6');
  inHost('ip address add fd00::5/64 dev veth0 nodad');
  const surroundings: TrafficSurroundings = {
    random: seededRandom(1),
    mac: Uint8Array.of(2, 0, 0, 0, 0, 10),
    ipv4: Uint8Array.of(10, 9, 8, 7),
    ipv6: Uint8Array.of(0xfd, ...new Uint8Array(14), 5),
  };
  for (const { batch, text, count } of batches(ON_A_DEVICE)) {
    const name = join(directory, String(++files));
    writeFileSync(`${name}.cfg`, text);
    // The kernel's own multicast, of IPv6, is not what is looked at.
    const filter = ['-c', String(count), '-i', 'veth1', '-w', `${name}.pcap`, 'ether[0:2] != 0x3333'];
    const capture = lab.start('host', ['tcpdump', '-U', '--immediate-mode', '-Q', 'in', ...filter]);
    let said = '';
    capture.stderr?.setEncoding('utf8').on('data', (chunk: string) => {
      said += chunk;
    });
    const ended = new Promise((resolve) => capture.on('close', resolve));
    await until('tcpdump listens', () => said.includes('listening on') || undefined);
    lab.run(
      'host',
      'timeout',
      '20',
      peer,
      '-i',
      `${name}.cfg`,
      '-o',
      'veth0',
      '-P',
      '1',
      '-n',
      String(count),
    );
    await ended;
    const ours = trafficFrames(text, count, surroundings);
    expect(named(batch, ours)).toEqual(named(batch, framesOf(`${name}.pcap`)));
  }
}

describe('bytes are not those of netsniff-ng where it is wrong', () => {
  /** Those that can be in one file with others. */
  const sends = ({ peer, text }: Difference) => peer === undefined && !/^cpu|dns\(qry/.test(text);
  /** What the peer sends for each text, made in as few runs as can be. */
  const sent = new Map<string, string[]>();

  beforeAll(() => {
    for (const { batch, text, count } of batches(DIFFERENCES.filter(sends))) {
      for (const [i, frame] of peerFrames(text, count).entries()) {
        const { text: of } = batch[i % batch.length];
        sent.set(of, [...(sent.get(of) ?? []), frame]);
      }
    }
  });

  test.each(
    DIFFERENCES.map((difference) => [difference.why, difference] as const),
  )('%s', async (_, difference) => {
    const { text, times = 1, peer: does, refused } = difference;
    const count = times * (text.split('{').length - 1);
    const ours = () => trafficFrames(text, count);
    if (refused === undefined) expect(ours().length).toBe(count);
    else expect(ours).toThrow(refused);
    if (does === 'crashes') expect(await peerCrashes(text)).toBe(true);
    else if (does === 'refuses') expect(peerFrames(text, count)).toEqual([]);
    else {
      const frames = sent.get(text) ?? peerFrames(text, count);
      expect(frames.length).toBe(count);
      if (refused === undefined) expect(frames).not.toEqual(ours());
    }
  });
});

describe('tshark', () => {
  const dissect = (frames: readonly string[], ...fields: string[]): string[] => {
    const name = join(directory, String(++files));
    const dump = frames.map((frame) => `0 ${frame.replace(/../g, '$& ')}\n`).join('\n');
    writeFileSync(`${name}.txt`, dump);
    execFileSync('text2pcap', ['-q', `${name}.txt`, `${name}.pcap`], { stdio: 'ignore' });
    const checks = ['ip', 'tcp', 'udp'].flatMap((protocol) => ['-o', `${protocol}.check_checksum:TRUE`]);
    const shown = fields.flatMap((field) => ['-e', field]);
    const args = ['-n', ...checks, '-r', `${name}.pcap`, '-T', 'fields', '-E', 'separator=|', ...shown];
    return execFileSync('tshark', args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] })
      .trimEnd()
      .split('\n');
  };

  test('sees every header as what it is meant to be, with good checksums', () => {
    const header: Readonly<Record<string, string>> = {
      eth: '{ eth(type=0x88b5), fill(0,46) }',
      vlan: '{ vlan(1ad, id=5, pcp=3), vlan(id=6), ipv4(ttl=9, da=10.0.0.1), udp(dp=9), "odd" }',
      mpls: '{ mpls(label=16, ttl=9), mpls(label=17, ttl=9), ipv4(ttl=9, da=10.0.0.1), udp(dp=9), "data" }',
      arp: '{ arp(reply, sip=10.0.0.1, tip=10.0.0.2), fill(0,18) }',
      pause: '{ pause(time=100), fill(0,42) }',
      pfc: '{ pfc(prio(3)=1, time(3)=100), fill(0,26) }',
      ipv4: '{ ipv4(ttl=9, sa=10.0.0.1, da=10.0.0.2), ipv4(ttl=9, da=10.0.0.3), icmpv4(echorequest, id=1), "odd" }',
      ipv6: '{ ipv6(hl=9, sa=fd00::1, da=fd00::2, fl=5, tc=4), tcp(dp=9, syn, win=100), "odd" }',
      icmpv4: '{ icmpv4(echorequest, id=3, seq=4), "some more data" }',
      icmpv6: '{ icmpv6(echorequest), c16(1), c16(2), "odd" }',
      udp: '{ udp(sp=9, dp=9), drnd(33) }',
      dns: '{ ipv6(hl=9), dns(id=5, qry(name="a.b"), ans(name="a.b", addr(10.0.0.1))) }',
      tcp: '{ tcp(sp=9, dp=9, ack, psh, win=1000, aseq=1), drnd(44) }',
    };
    expect(Object.keys(header)).toEqual(expect.arrayContaining(HEADER_SHAPES.map(({ names }) => names[0])));
    const shown: Readonly<Record<string, string>> = {
      eth: 'eth:ethertype:data',
      vlan: 'eth:ethertype:ieee8021ad:ethertype:vlan:ethertype:ip:udp:data',
      mpls: 'eth:ethertype:mpls:ip:udp:data',
      arp: 'eth:ethertype:arp',
      pause: 'eth:ethertype:macc',
      pfc: 'eth:ethertype:macc',
      ipv4: 'eth:ethertype:ip:ip:icmp:data',
      ipv6: 'eth:ethertype:ipv6:tcp',
      icmpv4: 'eth:ethertype:ip:icmp:data',
      icmpv6: 'eth:ethertype:ipv6:icmpv6:data',
      udp: 'eth:ethertype:ip:udp:data',
      dns: 'eth:ethertype:ipv6:udp:dns$',
      tcp: 'eth:ethertype:ip:tcp',
    };
    const names = Object.keys(header);
    const sums = ['ip.checksum.status', 'udp.checksum.status', 'tcp.checksum.status', 'icmp.checksum.status'];
    const frames = names.flatMap((name) => trafficFrames(header[name], 1));
    const lines = dissect(frames, 'frame.protocols', '_ws.malformed', ...sums, 'icmpv6.checksum.status');
    for (const [i, name] of names.entries()) {
      const [protocols, malformed, ...status] = lines[i].split('|');
      expect(`${name} ${protocols}`).toMatch(new RegExp(`^${name} ${shown[name]}`));
      expect(`${name} ${malformed}`).toBe(`${name} `);
      // 1 is "good"; several headers of a kind are separated by commas.
      expect(`${name} ${status.join('')}`).toMatch(new RegExp(`^${name} [1,]*$`));
      if (
        HEADER_SHAPES.some(
          ({ names: [first], fields }) => first === name && fields.some((f) => f.names[0] === 'csum'),
        )
      ) {
        expect(status.join(''), name).toContain('1');
      }
    }
  });

  test('finds good checksums in every sending of packets that change', () => {
    const texts = [
      '{ eth(sa=drnd()), ipv4(sa=drnd(), da=dinc(), ttl=drnd(1,255), id=dinc()), udp(sp=60001, dp=dinc(60000,60999)), drnd(33) }',
      '{ ipv6(sa=drnd(), da[15]=dinc()), tcp(seq=drnd(), sp=60001, dp=dinc(60000,60999)), dinc(0,255), drnd(3) }',
      '{ ipv6(sa=drnd(), hl=64), icmpv6(echorequest), dinc(0,255), drnd(6) }',
      '{ ipv4(da=drnd(), ttl=64), icmpv4(echorequest, seq=dinc()), drnd(7), dinc(1,200) }',
      '{ ipv4(ttl=64), ipv4(da=dinc(), ttl=64), tcp(seq=dinc(), sp=60001, dp=60002), drnd(100) }',
    ];
    const frames = trafficFrames(texts.join('\n'), 200);
    const sums = ['ip', 'udp', 'tcp', 'icmp', 'icmpv6'].map((name) => `${name}.checksum.status`);
    const lines = dissect(frames, '_ws.malformed', ...sums);
    expect(lines.length).toBe(200);
    for (const [i, line] of lines.entries()) expect(line, frames[i]).toMatch(/^\|[1,|]*1[1,|]*$/);
  });
});
