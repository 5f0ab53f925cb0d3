import { type HeaderField, type HeaderShape, maskOf, shiftOf } from '../../src/traffic/header-shape.js';
import { HEADER_SHAPES } from '../../src/traffic/headers.js';

/** A packet that netsniff-ng's trafgen and ours must make the same bytes of. */
export interface Sample {
  readonly text: string;
  /** How many times it is sent: what counts shows only then. */
  readonly times?: number;
}

/** What netsniff-ng 0.6.8 cannot read, or gets wrong in a way that the samples below show. */
const NOT_FOR_THE_PEER = new Set(['icmpv4 csum', 'icmpv6 type', 'arp op']);
const ALIASES_OF_OURS = new Set(['ecn']);

/** What each header stands on in the samples, so that captures into files have it too. */
const ABOVE: Readonly<Record<string, string>> = {
  ipv6: 'eth(type=0x86dd), ',
  icmpv6: 'eth(type=0x86dd), ipv6(nh=58), ',
};

const VALUES: Readonly<Record<number, readonly string[]>> = {
  6: ['02:aa:bb:cc:dd:ee', '0:1:2:3:4:5'],
  16: ['fe80::1:2', '2001:db8:0:1:2:3:4:5', '::'],
};

/** Every field of every header by each of its names, with its smallest and largest value, and left out. */
export function fieldSamples(): Sample[] {
  return HEADER_SHAPES.flatMap((shape) => [
    ...shape.names.map((name) => ({ text: call(shape, '', name) })),
    ...Object.keys(shape.words ?? {}).map((word) => ({ text: call(shape, word) })),
    ...fieldsOf(shape).flatMap((field) => samplesOf(shape, field)),
  ]);
}

/** Every field with a counter, but checksums; and none of ICMPv6 and DNS, for which the peer does not renew them. */
export function countedSamples(): Sample[] {
  return HEADER_SHAPES.filter(({ names }) => !['icmpv6', 'dns'].includes(names[0])).flatMap((shape) =>
    fieldsOf(shape)
      .filter((field) => !field.flag && field.names[0] !== 'csum')
      .map((field) => ({ text: call(shape, `${field.names[0]}=dinc(1,3)`), times: 5 })),
  );
}

function fieldsOf(shape: HeaderShape): HeaderField[] {
  return shape.fields.filter(
    (field) => !field.hidden && !NOT_FOR_THE_PEER.has(`${shape.names[0]} ${field.names[0]}`),
  );
}

function samplesOf(shape: HeaderShape, field: HeaderField): Sample[] {
  const names = field.names.filter((name) => !(field.flag && ALIASES_OF_OURS.has(name)));
  if (field.flag) return names.map((name) => ({ text: call(shape, name) }));
  const largest = (maskOf(field) >>> 0) >>> shiftOf(maskOf(field));
  const address = field.width === 4 && field.mask === undefined ? ['1.2.3.4', '255.255.255.254'] : [];
  const values = VALUES[field.width] ?? ['0', '1', String(largest), `0x${largest.toString(16)}`, ...address];
  const samples = values.map((value) => ({ text: call(shape, `${names[0]}=${value}`) }));
  return [...samples, ...names.slice(1).map((name) => ({ text: call(shape, `${name}=${values[1]}`) }))];
}

function call(shape: HeaderShape, fields: string, name = shape.names[0]): string {
  return `{ ${ABOVE[shape.names[0]] ?? ''}${name}(${fields}), c32(0x01020304) }`;
}

const once = (...texts: string[]): Sample[] => texts.map((text) => ({ text }));
const often = (times: number, ...texts: string[]): Sample[] => texts.map((text) => ({ text, times }));

export const LITERALS = once(
  '{ 0x00, 0xff, xff, x0, 0XAB, 0, 1, 255, 42 }',
  '{ 0b0, 0b11110000, b1, b10101010, 011, 0377, 00 }',
  "{ 'a', 'Z', ' ', '\"', '\\', a, Z, q }",
  "{ '\\x00', '\\x7f', '\\xff', '\\xAb' }",
  '{ "hello world", "#{};,()", "a\'b" }',
  '{ "\\x31\\xdb\\x8d\\x43\\x17\\x99\\xcd\\x80\\x31\\xc9" }',
  '{ "\\x41", "\\x41 ", "x\\x41\\x42", "\\\\", "\\n" }',
  '{ "größer" }',
  '{ 256, 257, 300, 0x1ff, 65535, 4294967296 }',
  '{ 0xca, 0xfe, 0xba 0xbe }',
  '{ 1, 2 3,4,\t5 }',
  '{1}',
  '{ 1, }',
  '{ 1,\n  2,\n  3\n  4 }',
  '# comment\n{ 1,\n  /* two\n lines */\n  2 }',
  '/* first */\n{\n  /* 1 */\n  1, 2,\n  # end\n  3,\n}',
);

export const FUNCTIONS = [
  ...once(
    '{ fill(0xca, 128) }',
    '{ fill(0, 1), fill(255 2), fill(0x1ff,3), fill(7,0), 9 }',
    "{ fill('A', 5), fill(b, 2) }",
    '{ fill(1,1400) }',
    '{ seqinc(1,5), seqinc(1,5,2), seqinc(250,10), seqinc(0 4 64), seqinc(3,3,0) }',
    '{ seqdec(9,5), seqdec(9,5,2), seqdec(3,10), seqdec(0,3,300), seqdec(255 2 255) }',
    '{ seqinc(0,256), seqdec(255,256) }',
    '{ c8(0), c8(255), c8(256), c8(-1), const8(0x1234) }',
    '{ c16(0), c16(0xaa), c16(65535), c16(65536), c16(-1), const16(0xbeef) }',
    '{ c32(0), c32(1), c32(0xffffffff), c32(0x123456789), c32(-2), const32(0xdeadbeef) }',
    '{ c64(0), c64(1), c64(0x123456789abcdef0), c64(0xffffffffffffffff), c64(-1), const64(7) }',
    '{ c64(9223372036854775807), c64(-9223372036854775807) }',
    '{ c16((((1<<8)+0x32)|0b110)*2) }',
    '{ c16(1+2*3), c16(2*3+1), c16(7-2-1), c16(100/7), c16(100%7), c16(1<<4+1), c16(0x10|3&5) }',
    '{ c16(-5/2), c16(-5%3), c16(-8>>1), c64(1<<63>>63), c16(6&3|8^1), c16(2*-3), c16(--3) }',
    '{ c64(0x7fffffffffffffff+1), c64(0x7fffffffffffffff*3), c64(0-1), c32(0xffffffff+1) }',
    '{ c16(((1))), c8((2+3)*(4-1)) }',
    '{ 1, rnd(0), drnd(0), 5 }',
  ),
  ...often(
    7,
    '{ dinc(0,255) }',
    '{ dinc(0,255,100) }',
    '{ dinc(1,5), dinc(1,5,2), dinc(1,5,6) }',
    '{ dinc(250,255), dinc(250,255,4) }',
    '{ dinc(7,7), dinc(3,5,0), dinc(0 1 1) }',
    '{ ddec(0,255), ddec(0,255,7) }',
    '{ 1, dinc(0,9), 2, ddec(0,200), "x" }',
  ),
  ...often(2, '{ ddec(1,5,2), ddec(100,200,40) }', '{ ddec(0,3) }'),
];

const IP = '0x45, 0, c16(40), c16(1), 0x40, 0, 64, 6';
const ADDRESSES = '10, 0, 0, 1, 10, 0, 0, 2';
const MACS = 'fill(0xff,6), 0,2,0xb3,1,2,3';
const SIX = '0x60, 0, 0, 0, c16(12), 17, 64, seqinc(1,16), seqinc(0x20,16)';

export const CHECKSUMS = [
  ...once(
    ...['csumip', 'csum16', 'csumip4', 'csumicmp', 'csumicmp4'].map(
      (name) => `{ ${MACS}, c16(0x800), ${IP}, ${name}(14, 33), ${ADDRESSES} }`,
    ),
    `{ ${MACS}, c16(0x800), ${IP}, csumip(33 14), ${ADDRESSES} }`,
    `{ ${MACS}, c16(0x800), ${IP}, csumip(14,33), ${ADDRESSES}, c16(1), c16(2), c32(3), c32(4), 0x50, 2, c16(5), csumtcp(14,34), c16(0), "data" }`,
    `{ ${MACS}, c16(0x800), ${IP}, csumip(14,33), ${ADDRESSES}, c16(1), c16(2), c32(3), c32(4), 0x50, 2, c16(5), csumtcp(14,34), c16(0), "odd" }`,
    `{ ${MACS}, c16(0x800), ${IP}, csumip(14,33), ${ADDRESSES}, c16(1), c16(2), c16(12), csumudp(14,34), "data" }`,
    `{ ${MACS}, c16(0x86dd), ${SIX}, c16(1), c16(2), c16(12), csumudp6(14,54), "data" }`,
    `{ ${MACS}, c16(0x86dd), ${SIX}, c16(1), c16(2), c16(11), csumudp6(14,54), "odd" }`,
    `{ ${MACS}, c16(0x86dd), ${SIX}, c16(1), c16(2), c32(3), c32(4), 0x50, 2, c16(5), csumtcp6(14,54), c16(0), "data" }`,
    `{ ${MACS}, c16(0x86dd), ${SIX}, 128, 0, csumicmp6(14,54), c32(7), "data" }`,
    '{ fill(0xff, 64) csum16(0, 65) }',
    '{ csumip(2,5), 1,2,3,4, fill(9,20) }',
    '{ 1, csumip(3,6), 1,2,3,4, fill(9,20) }',
  ),
  ...often(
    4,
    `{ ${MACS}, c16(0x800), 0x45, dinc(0,255), c16(40), c16(1), 0x40, 0, 64, 6, csumip(14,33), ${ADDRESSES} }`,
    `{ ${MACS}, c16(0x800), ${IP}, csumip(14,33), 10,0,0,dinc(1,9), 10,0,0,dinc(3,200,50), c16(1), 9, dinc(1,3), c16(11), csumudp(14,34), "odd" }`,
    `{ ${MACS}, c16(0x86dd), ${SIX}, c16(1), 9, dinc(1,3), c16(12), csumudp6(14,54), "data" }`,
    '{ dinc(0,255), 1, 2, 3, csum16(0,3), dinc(1,2), fill(1,20) }',
    '{ fill(1,20), dinc(0,255), fill(1,1000), csum16(0,2000), dinc(1,9) }',
  ),
];

export const COMBINATIONS = [
  ...once(
    '{ eth(da=11:22:33:44:55:66), ipv4(daddr=1.2.3.4), udp(dp=7), "Hello world" }',
    "{ eth(da=00:1b:21:3c:9d:f8 sa=90:e2:ba:0a:56:b4), ipv4(id=5, mf, ttl=64, sa=192.168.51.1, da=192.168.51.2), udp(sport=48054, dport=43514, csum=0), 'A',  fill(0x41, 11) }",
    '{ icmpv4(echorequest, seq=1, id=1326) }',
    '{ icmpv4(type=3, code=4, mtu=1500), "data" }',
    '{ icmpv4(type=5, code=1, addr=10.0.0.1), "data" }',
    '{ eth(type=0x800), vlan() }',
    '{ eth(type=0x1234), vlan(id=3), "data" }',
    '{ vlan(1ad, id=1), vlan(1q, id=2), ipv4() }',
    '{ vlan(id=5), vlan(id=6), vlan(id=7), udp() }',
    '{ vlan(id=0x1fff) }',
    '{ vlan(tci=0xffff, id=0, pcp=5, dei=0) }',
    '{ vlan(), 1, 2, 3 }',
    '{ vlan(), arp() }',
    '{ vlan(), eth(), ipv4() }',
    '{ vlan(), mpls(), ipv4() }',
    '{ mpls(), mpls(), mpls(), ipv4() }',
    '{ mpls(last=1), mpls() }',
    '{ mpls(last=0) }',
    '{ mpls(label=16, ttl=255), udp(sp=1), "data" }',
    '{ ipv4(ttl=1), ipv4(ttl=2), ipv4(ttl=3), udp(), "odd" }',
    '{ ipv4(), ipv4(), tcp(), "data" }',
    '{ ipv4(proto=99, len=20, csum=0x1234), "data" }',
    '{ ipv4(dscp=63, ecn=3, tos=1) }',
    '{ ipv4(tos=0xff, dscp=1) }',
    '{ ipv4(flags=7, frag=0x1fff) }',
    '{ ipv4(df, mf, flags=1, frag=5) }',
    '{ ipv4(ihl=6), udp(), 1, 2, 3 }',
    '{ ipv4(ver=99, len=70000, id=0x12345) }',
    '{ ipv4(da=0x01020304) }',
    '{ udp(len=9, dp=1), "abc" }',
    '{ udp(len=8), "abc" }',
    '{ udp(csum=0xffff) }',
    '{ udp(sp=70000) }',
    '{ tcp(syn, ack, win=16, doff=6), c32(0x02040580) }',
    '{ tcp(cwr, ece, urg, ack, psh, rst, syn, fin, doff=15), "odd" }',
    '{ tcp(seq=0xffffffff, aseq=4294967295, urgptr=1, csum=1) }',
    '{ arp(op=reply, sha=1:1:1:1:1:1, spa=9.9.9.9, tha=2:2:2:2:2:2, tpa=8.8.8.8) }',
    '{ arp(op=request) }',
    '{ arp(reply, request) }',
    '{ eth(da=1:2:3:4:5:6), arp() }',
    '{ arp(), udp() }',
    '{ arp(), arp() }',
    '{ eth(da=1:2:3:4:5:6, type=5), pause() }',
    '{ pause(), ipv4() }',
    '{ pfc(pri=3, pri(0)=0, prio(7)=1, time(0)=1, time(7)=65535) }',
    '{ dns() }',
    '{ udp(dp=5353), dns(id=7, qr=1, rc=3) }',
    '{ eth(), eth() }',
    '{ eth() }',
    '{ eth(da=1:2:3:4:5:6,), "data" }',
  ),
  ...often(
    5,
    '{ eth(da=11:22:33:44:55:66, da[0]=dinc()), 1 }',
    '{ eth(da=11:22:33:44:55:66, da[4:2]=dinc(1,3)), 1 }',
    '{ eth(saddr=aa:bb:cc:dd:ee:ff, saddr=dinc()), ipv4(saddr=dinc()), udp(sport=dinc(1, 13, 2), dport=80) }',
    '{ eth(sa=0:0:0:0:0:fe, sa=dinc()), 1 }',
    '{ ipv4(da=1.2.3.4, da[0]=dinc()), tcp() }',
    '{ ipv4(da=1.2.3.4, da[0:4]=dinc(5)) }',
    '{ ipv4(da=1.2.3.255, da[3]=dinc()) }',
    '{ ipv4(da=1.2.3.4, da[1]=dinc(1,3), da[3]=dinc(5,6)) }',
    '{ ipv4(da=1.2.3.4, da[1:2]=dinc(1,3)) }',
    '{ ipv4(tos=dinc(), tos=dinc(4)) }',
    '{ ipv4(ttl=254, ttl=dinc()) }',
    '{ ipv4(id=65534, id=dinc()) }',
    '{ ipv4(id=0x1234, id[0]=dinc(), id[1]=dinc(3)) }',
    '{ ipv4(dscp=dinc(60,63)), udp(), "odd" }',
    '{ ipv4(frag=dinc(1,3), mf) }',
    '{ ipv4(len=dinc(20,30)) }',
    '{ udp(dp=dinc(1,10,4)) }',
    '{ udp(dp=5, dp=dinc(7)) }',
    '{ udp(dp=dinc(0,0)) }',
    '{ udp(dp=dinc(0,3)), "data" }',
    '{ udp(dp=dinc(65533,65537)) }',
    '{ udp(sp=dinc(1,2), dp=dinc(1,3)), "odd" }',
    '{ tcp(seq=0xfffffffd, seq=dinc()) }',
    '{ tcp(seq=0xffffffff, seq=dinc()) }',
    '{ tcp(seq=0xfffffffe, seq=dinc(3)) }',
    '{ tcp(seq=dinc(0xfffffff0), win=dinc(100)) }',
    '{ tcp(seq[2:2]=dinc(0xfffe)), "data" }',
    '{ mpls(label=dinc(16,18), ttl=dinc()), ipv4() }',
    '{ vlan(id=dinc(4094,4097)), ipv4() }',
    '{ icmpv4(echorequest, seq=dinc(), id=7), "data" }',
    '{ arp(reply, tip=10.0.0.250, tip=dinc(), tmac=dinc()) }',
    '{ pause(time=dinc(1000)) }',
    '{ pfc(time(3)=dinc(1,2), prio(3)=dinc()) }',
  ),
];

/** The peer writes the entries of every DNS message into the first packet: each of these needs a file of its own. */
export const DNS_MESSAGES = once(
  '{ dns(qry(name="a.b",type=5,class=3)) }',
  '{ dns(id=1,rdesired=1,query(name="example.org",type=28)) }',
  '{ dns(ans(name="x",addr(1.2.3.4))) }',
  '{ dns(answer(name="x.y",addr(1::2))) }',
  '{ dns(auth(name="y",ns("n.s"))) }',
  '{ dns(add(name="y",cname("n.s"))) }',
  '{ dns(ans(name="x",ptr("n.s"),ttl=5,class=2)) }',
  '{ dns(ans(name="x",type=7,data=1.2.3.4)) }',
  '{ dns(ans(name="x",type=16,data="abc")) }',
  '{ dns(ans(name="x",type=7,len=9,ttl=3)) }',
  '{ dns(ans(addr(1.2.3.4))) }',
  '{ dns(ans(ttl=9,addr(1.2.3.4),name="x")) }',
  '{ dns(qry(name="z"),id=7,ancount=9) }',
);

/** For a device: there the peer puts Ethernet below IPv6 too, and fills in the device's addresses. */
export const ON_A_DEVICE = [
  ...once(
    '{ eth(), "data" }',
    '{ arp() }',
    '{ arp(reply, tip=1.2.3.4) }',
    '{ ipv4(), "data" }',
    '{ ipv4(), udp(), "data" }',
    '{ tcp(dp=80, syn) }',
    '{ icmpv4(echorequest), "data" }',
    '{ pause() }',
    '{ pfc() }',
    '{ vlan(id=5), udp() }',
    '{ mpls(), ipv4() }',
    '{ ipv6(), "data" }',
    '{ ip6(ver=5, tc=0xab, fl=0xfffff, len=9, nh=44, hl=64, sa=1::2, da=::1) }',
    '{ ipv6(tclass=1, flow=2, length=3, nexthdr=4, hoplimit=5, saddr=::6, daddr=7::) }',
    '{ ipv6(version=6, ttl=255), "data" }',
    '{ ipv6(), udp(), "data" }',
    '{ ipv6(), udp(dp=53, sp=53), "odd" }',
    '{ ipv6(da=ff02::1), tcp(ack), "odd" }',
    '{ icmpv6(echorequest), c32(1), "data" }',
    '{ icmp6(echoreply), c32(1), "odd" }',
    '{ icmpv6(type=echorequest), c32(1) }',
    '{ icmpv6(type=echoreply, code=3) }',
    '{ icmpv6(csum=5) }',
    '{ icmpv6(code=255) }',
    '{ ipv6(), icmpv6() }',
    '{ vlan(), ipv6(), udp(dp=5) }',
    '{ mpls(), ipv6() }',
    '{ ipv4(), ipv6(), udp() }',
    '{ eth(type=0x86dd), ipv6(fl=1), udp() }',
  ),
  ...often(
    4,
    '{ ipv6(sa=dinc()), udp(), "data" }',
    '{ ipv6(sa=fe80::ffff:fffe, sa=dinc()), tcp() }',
    '{ ipv6(da=fe80::1, da[15]=dinc(), da[0:2]=dinc()), udp(sp=dinc(5)) }',
    '{ ipv6(hl=dinc(), fl=dinc(5,7)), udp() }',
    '{ ipv4(sa=dinc()), udp(), "data" }',
    '{ eth(sa=dinc()), 1, 2 }',
  ),
];
