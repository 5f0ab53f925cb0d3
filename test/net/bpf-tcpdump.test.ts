// needs: tcpdump
// tcpdump as oracle: what it compiles an expression to accepts the same frames as what we do.

import { describe, expect, test } from 'vitest';
import { compileExpression } from '../../src/bpf/expression.js';
import { BpfError } from '../../src/bpf/tuples.js';
import { filterFrame, randomExpression } from '../../src/testing/random-expression.js';
import { xorshift } from '../../src/testing/random-program.js';
import { accepts, bothPrograms, expectSame, input, tcpdump } from './fixtures-bpf/tcpdump.js';

const next = xorshift(20261120);
const frames = Array.from({ length: 1500 }, () => filterFrame(next));

const TABLE = `
tcp ; udp ; sctp ; icmp ; icmp6 ; igmp ; pim ; vrrp ; igrp ; ah ; esp ; ip ; ip6 ; arp ; rarp
host 1.2.3.4 ; src host 1.2.3.4 ; dst 1.2.3.4 ; src and dst host 1.2.3.4 ; ip host 1.2.3.4 ; arp host 1.2.3.4
host 10 ; net 10 ; net 10.1 ; net 10.1.0.0/16 ; net 10.0.0.0 mask 255.0.255.0 ; net 0.0.0.0/0 ; src net 10.0.0.0/8
ip6 host ::1 ; host fe80::1 ; net 2001:db8::/33 ; ip6 src net fe80::/10 ; dst host ff02::1
port 53 ; src port 53 ; tcp dst port 80 ; udp port 0x35 ; sctp port 010 ; portrange 80-443 ; tcp src portrange 443-80
port (80 or 81) ; port 80 or not 81 ; port 53 or 80 or 443 ; host 1.2.3.4 or 5.6.7.8 or port 7 or 8 ; host not 1.2.3.4
ether host 1:2:3:4:5:6 ; ether src 1:2:3:4:5:6 and ether dst ff:ff:ff:ff:ff:ff ; ether host 02-00-00-00-00-01
ether proto 0x806 ; ether proto 1500 ; ether proto 1501 ; ether proto 5 ; ether proto 6 ; ether proto 0xf0 ; ether proto 0xfe
ether proto 0xe0 ; ether proto 0x809b ; ether proto 0x80f3 ; ether proto \\ip ; ether proto 70000
ip proto 6 ; ip proto \\tcp ; ip6 proto 44 ; ip6 proto 17 ; proto 17 ; proto 300
broadcast ; ether broadcast ; ip broadcast ; multicast ; ether multicast ; ip multicast ; ip6 multicast
vlan ; vlan 5 ; vlan and ip ; vlan 5 and tcp port 80 ; vlan and vlan 3 ; vlan and vlan 3 and host 1.2.3.4 ; vlan or ip ; vlan 3 or vlan 4
less 100 ; greater 220 ; len = 220 ; 220 = len ; len > 219 ; 219 >= len ; -len + 221 = 1
ip[6:2] & 0x1fff = 0 ; tcp[tcpflags] & tcp-syn != 0 ; tcp[13] & 0x12 = 2 ; icmp[icmptype] = icmp-echo ; icmp6[icmp6type] > 5
ip[9] = 17 or ip[0:4] > 7 ; ip[ip[0] & 15] = 3 ; ether[0] & 1 = 1 ; udp[0:2] = udp[2:2] ; ip[12:4] = ip[16:4] ; sctp[0:2] > 50
arp[6:2] = 1 ; rarp[14:4] = 0x01020304 ; ip6[6] = 17 ; link[12:2] = 0x800 ; pim[0] > 100
tcp port 80 and (((ip[2:2] - ((ip[0]&0xf)<<2)) - ((tcp[12]&0xf0)>>2)) != 0)
ether[(ether[1] & 3) + 4:2] > 300 ; ip[2:2] * 3 / 2 - (ip[9] | ip[8]) > ip[0] << 2 ; ether[0:4] ^ ether[6:4] & 0xff = 0
len = 2 % 3 + 218 ; len = 100 * 4 % 3 ; len = 1 << 2 + 3 ; len = 220 - 2 ^ 2 ; 5 = 5 ; len = 220 | 2 & 4
ip or arp and tcp ; not ip or arp ; not (ip or arp) ; ! tcp && ! udp ; ip || not ip ; tcp port 80 or udp port 53
ip and udp port 53 ; host 1.2.3.4 and port 80 ; (tcp or udp) and not (port 80 or port 53) and host 10.2.3.4
`;

test('accepts what tcpdump accepts, in about as many instructions', () => {
  let [sum, theirSum, accepted] = [0, 0, 0];
  const expressions = TABLE.trim().split(/\n| ; /);
  expect(expressions.length).toBeGreaterThan(120);
  for (const expression of expressions) {
    const theirs = tcpdump(expression);
    if (theirs === null) expect.fail(`tcpdump refuses ${expression}`);
    const ours = compileExpression(expression);
    if (expectSame(expression, ours, theirs, frames) > 0) accepted++;
    sum += ours.length;
    theirSum += theirs.length;
  }
  expect(accepted).toBeGreaterThan(100);
  expect(sum).toBeLessThanOrEqual(theirSum);
});

test('400 random expressions', () => {
  let [some, short] = [0, 0];
  for (let round = 0; round < 400; round++) {
    const expression = randomExpression(next, 1 + (round % 3));
    const [ours, theirs] = bothPrograms(expression);
    if (expectSame(expression, ours, theirs, frames) > 0) some++;
    if (ours.length <= theirs.length) short++;
  }
  expect(some).toBeGreaterThan(250);
  expect(short).toBeGreaterThan(250);
});

test('a frame that is cut is refused where tcpdump’s program refuses it, optimised or not', () => {
  for (const expression of [
    'tcp port 80',
    'host 1.2.3.4',
    'ip6 and udp',
    'vlan 5 and tcp',
    'not port 53',
    'ip[50] != 3 or arp',
  ]) {
    const ours = compileExpression(expression);
    const [theirs, plain] = [tcpdump(expression), tcpdump(expression, '-O')];
    if (theirs === null || plain === null) expect.fail(`tcpdump refuses ${expression}`);
    for (const [i, bytes] of frames.entries()) {
      const frame = { ...input(bytes), length: i % 90 };
      expect([accepts(theirs, frame), accepts(plain, frame)], expression).toContain(accepts(ours, frame));
    }
  }
});

describe('what tcpdump refuses is refused', () => {
  test.each([
    '1.2.3.4',
    '(port 80) or 81',
    'tcp or 80',
    'host 10.0.0.0/8',
    'ip host ::1',
    'tcp host 1.2.3.4',
    'ip port 5',
    'port 80-90',
    'port 70000',
    'vlan 5000',
    'net 1.2.3.4 mask 255.255.0.0',
    'net 2001:db8::1/33',
    'host 300.1.1.1',
    'host 1:2:3:4:5:6',
    'ether 1:2:3:4:5:6',
    'ether',
    'ip[1:3] = 1',
    'len / 0 = 1',
    'len << 40 = 1',
    'ip proto tcpx',
    'ah[0] = 1',
    'src ip host 1.2.3.4',
    'not',
    '()',
    'tcp and',
    '(tcp',
    'tcp)',
    'tcp or or udp',
    'ip ip6',
    'tcp port',
    'port',
    'host',
    'port -1',
    'port 65536',
    'portrange 1-',
    'portrange 1-70000',
    'tcp portrange 0-65536',
    'host 1.2.3.4/24',
    'host ::1/64',
    'host 1::2::3',
    'host 1.2.3.4.5',
    'net 10.1.2.3/8',
    'net 10.0.0.0/33',
    'net 10.0.0.0 mask 256.0.0.0',
    'net fd00::/129',
    'ip net fd00::/64',
    'ip6 net 10.0.0.0/8',
    'ip6 host 10.0.0.1',
    'arp host fd00::1',
    'arp port 5',
    'icmp port 5',
    'udp host 10.0.0.1',
    'icmp net 10.0.0.0/8',
    'ether host 10.0.0.1',
    'ether host 1:2:3:4:5',
    'ether net 1:2:3:4:5:6',
    'ether port 5',
    'ether proto \\tcp',
    'ether proto tcp',
    'ip proto 4294967296',
    'src proto 6',
    'src tcp',
    'tcp broadcast',
    'tcp multicast',
    'arp broadcast',
    'ip6 broadcast',
    'vlan -1',
    'vlan 4096',
    'vlan and vlan 5000',
    'less',
    'less tcp',
    'greater -1',
    'len',
    'len >',
    'len = tcp',
    'len ! 5',
    'ip[0]',
    'ip[0',
    'ip[] = 1',
    'ip[0:] = 1',
    'ip[0:5] = 1',
    'ip[0:0] = 1',
    'ip[0] = 1 = 2',
    'ip[0] % 0 = 1',
    'ip[0] >> 32 = 1',
    'ip[0] & = 1',
    'esp[0] = 1',
    'stp[0] = 1',
    'aarp[0] = 1',
    'foo[0] = 1',
    'tcp[tcpflag] = 1',
    'ip[0x] = 1',
    'len = 0x1g',
    'len = 08',
    'tcp @ udp',
    'tcp # udp',
    'tcp and and udp',
    'and tcp',
    'or',
    'not not',
    'no such word',
    'mpls 1048576',
    'vxlan',
    'radio[0] = 1',
    '1 = 2',
    'tcp and udp',
    'ip and ip6',
    'icmp6 and ip',
    'tcp and not tcp',
    'host 10.0.0.1 and host fd00::1',
  ])('%s', (expression) => {
    expect(tcpdump(expression)).toBeNull();
    expect(() => compileExpression(expression)).toThrow(BpfError);
  });
});
