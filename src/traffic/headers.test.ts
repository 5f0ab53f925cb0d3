import { describe, expect, test } from 'vitest';
import { seededRandom } from '../testing/random.js';
import { trafficFrames } from '../testing/traffic-frames.js';
import { type HeaderField, maskOf, shiftOf } from './header-shape.js';
import { HEADER_SHAPES, HEADERS } from './headers.js';
import { readTraffic } from './read-traffic.js';

const device = {
  random: seededRandom(1),
  mac: Uint8Array.of(2, 0, 0, 0, 0, 0xa),
  ipv4: Uint8Array.of(10, 9, 8, 7),
  ipv6: Uint8Array.of(0xfd, ...new Uint8Array(14), 5),
};
const frame = (text: string, times = 1) => trafficFrames(`{ ${text} }`, times, device);
const MAC = '000000000000';
const OWN = '02000000000a';

describe('headers with nothing set', () => {
  test.each([
    ['eth()', `${MAC}${OWN}0000`],
    ['vlan()', `${MAC}${OWN}810000008100`],
    ['mpls()', `${MAC}${OWN}884700000100`],
    ['arp()', `ffffffffffff${OWN}0806` + `0001080006040001${OWN}0a090807${MAC}0a090807`],
    ['pause()', `0180c2000001${OWN}880800010000`],
    ['pfc()', `0180c2000001${OWN}8808` + `0101${'00'.repeat(18)}`],
    ['ipv4()', `${MAC}${OWN}080045000014000000000000a8db0a09080700000000`],
    ['ip4()', `${MAC}${OWN}080045000014000000000000a8db0a09080700000000`],
    ['ipv6()', `${MAC}${OWN}86dd` + `6000000000000000fd${'00'.repeat(14)}05${'00'.repeat(16)}`],
  ])('%s', (text, hex) => {
    expect(frame(text)).toEqual([hex]);
  });

  test('transport headers bring an IP header and their checksum', () => {
    const [udp, tcp, icmpv4, icmpv6] = ['udp()', 'tcp()', 'icmpv4()', 'icmp6()'].map(
      (text) => frame(text)[0],
    );
    expect(udp.slice(28)).toBe(`4500001c000000000011a8c20a09080700000000${'00000000'}0008edce`);
    expect(tcp.slice(28, 68)).toBe('450000280000000000' + '06a8c10a09080700000000');
    expect(tcp.slice(68)).toBe(`${'00'.repeat(12)}500000009dd50000`);
    expect(icmpv4.slice(68)).toBe('0000ffff00000000');
    expect(icmpv6.slice(24, 42)).toBe('86dd6000000000043a');
    expect(icmpv6.slice(108)).toBe('000002bc');
  });
});

/** The bits of a field in a header that has been laid out alone. */
function bitsOf(header: Buffer, field: HeaderField): number {
  let word = 0;
  for (let i = 0; i < field.width; i++) word = (word << 8) | header[field.at + i];
  return (word & maskOf(field)) >>> shiftOf(maskOf(field));
}

test.each(
  HEADER_SHAPES.map((shape) => [shape.names[0], shape] as const),
)('every field of %s', (name, shape) => {
  for (const field of shape.fields.filter(({ hidden }) => !hidden)) {
    for (const alias of field.names) {
      if (field.width === 6) expect(frame(`${name}(${alias}=1:2:3:4:5:a)`)[0]).toContain('01020304050a');
      else if (field.width === 16) {
        expect(frame(`${name}(${alias}=1:2:3:4:5:6:7:8)`)[0]).toContain('00010002000300040005000600070008');
      } else {
        const largest = maskOf(field) >>> shiftOf(maskOf(field));
        for (const value of [0, 1, largest, Math.floor(largest / 3)]) {
          const bytes = Buffer.from(frame(`${name}(${alias}=${value})`)[0], 'hex');
          const header = bytes.subarray(bytes.length - shape.length);
          const at = Buffer.concat([bytes.subarray(bytes.length - shape.length - 2, bytes.length)]);
          const found = field.at < 0 ? at.readUInt16BE(0) : bitsOf(header, field);
          expect(`${alias}=${found}`).toBe(`${alias}=${value}`);
        }
      }
    }
  }
});

test('flags are set by their name, or get a value', () => {
  const flags = (text: string) => frame(text)[0].slice(92, 96);
  expect(flags('tcp(cwr, ece, urg, ack, psh, rst, syn, fin)')).toBe('50ff');
  for (const [i, name] of ['fin', 'syn', 'rst', 'psh', 'ack', 'urg', 'ece', 'cwr'].entries()) {
    expect(flags(`tcp(${name})`)).toBe(`50${(1 << i).toString(16).padStart(2, '0')}`);
    expect(flags(`tcp(${name}=1, ${name}=0)`)).toBe('5000');
  }
  expect(flags('tcp(ecn)')).toBe('5040');
  expect(frame('ipv4(df, mf, frag=5)')[0].slice(40, 44)).toBe('6005');
  expect(frame('tcp(syn=dinc())', 3).map((hex) => hex.slice(92, 96))).toEqual(['5000', '5002', '5000']);
});

test('fields are separated by commas, spaces or both, and a comma may end them', () => {
  const texts = ['udp(sp=1,dp=2)', 'udp(sp=1 dp=2)', 'udp( dp = 2 , sp = 1 , )', 'UDP(SP=1,\n/* c */ DP=2,)'];
  for (const text of texts) expect(frame(text)[0].slice(68, 76)).toBe('00010002');
});

test('words stand for values', () => {
  expect(frame('arp(reply)')[0].slice(40, 44)).toBe('0002');
  expect(frame('arp(reply, op=request)')[0].slice(40, 44)).toBe('0001');
  expect(frame('arp(op=reply, req)')[0].slice(40, 44)).toBe('0001');
  expect(frame('arp(op=7)')[0].slice(40, 44)).toBe('0007');
  expect(frame('icmpv4(echorequest)')[0].slice(68, 72)).toBe('0800');
  expect(frame('icmpv4(code=3, echoreply)')[0].slice(68, 72)).toBe('0000');
  for (const text of ['echorequest', 'type=echorequest', 'type=128']) {
    expect(frame(`icmpv6(${text})`)[0].slice(108, 112)).toBe('8000');
  }
  expect(frame('icmpv6(echoreply, code=1)')[0].slice(108, 112)).toBe('8101');
  expect(frame('vlan(1ad)')[0].slice(24, 28)).toBe('88a8');
  expect(frame('vlan(tpid=0x9100, 1q)')[0].slice(24, 28)).toBe('8100');
});

test('what is set stays, what is left out is filled in', () => {
  expect(frame('eth(type=0x1234), ipv4()')[0].slice(24, 28)).toBe('1234');
  expect(frame('eth(da=1:1:1:1:1:1), arp()')[0].slice(0, 12)).toBe('010101010101');
  expect(frame('eth(da=1:1:1:1:1:1), pause()')[0].slice(0, 12)).toBe('010101010101');
  expect(frame('ipv4(proto=99, len=5), udp()')[0].slice(28, 48)).toBe('45000005000000000063');
  expect(frame('ipv4(csum=0x1234)')[0].slice(48, 52)).toBe('1234');
  expect(frame('udp(csum=0, len=3), "abc"')[0].slice(76, 84)).toBe('00030000');
  expect(frame('ipv6(len=9, nh=1), udp(), 1')[0].slice(36, 42)).toBe('000901');
  expect(frame('icmpv4(csum=5)')[0].slice(72, 76)).toBe('0005');
  expect(frame('icmpv6(csum=5)')[0].slice(112, 116)).toBe('0005');
});

describe('headers on one another', () => {
  const below = (text: string) => frame(text)[0].slice(24);

  test('tags take the place of the type, which moves behind them', () => {
    expect(below('vlan(id=5), ipv4()')).toMatch(/^8100000508004500/);
    expect(below('vlan(1ad, id=5), vlan(id=6, pcp=7, dei=1), ipv6()')).toMatch(/^88a800058100f00686dd6000/);
    expect(below('eth(type=0x88b5), vlan(id=5), 1')).toBe('8100000588b501');
    expect(below('vlan(tci=0xabcd), arp()')).toMatch(/^8100abcd08060001/);
    expect(below('vlan(), mpls()')).toBe('81000000884700000100');
  });

  test('only the last label is at the bottom', () => {
    expect(below('mpls(label=1), mpls(label=2, ttl=3, tc=7), mpls(label=3)')).toBe(
      '8847000010000000' + '2e0300003100',
    );
    expect(below('mpls(last=1), mpls(last=0)')).toBe('88470000010000000000');
  });

  test('IP in IP says so', () => {
    const protocols = ['ipv4(), ipv4()', 'ipv4(), ipv6()', 'ipv6(), ipv4()', 'ipv6(), ipv6()'].map((text) => {
      const hex = below(text);
      return hex.startsWith('0800') ? hex.slice(22, 24) : hex.slice(16, 18);
    });
    expect(protocols).toEqual(['04', '29', '04', '29']);
    expect(below('ipv6(), udp()').slice(16, 18)).toBe('11');
    expect(below('ipv6(), tcp()').slice(16, 18)).toBe('06');
  });

  test('a header stands behind the bytes before it', () => {
    expect(frame('1, 2, 3, eth(), 4')[0]).toBe(`010203${MAC}${OWN}000004`);
    const vxlan = frame('udp(dp=4789), c64(0x0800000000002a00), eth(), ipv4(), udp(), 1')[0];
    expect(vxlan.slice(76, 100)).toMatch(/^003b....0800000000002a00$/);
    expect(vxlan.slice(100)).toMatch(/^0{12}02000000000a08004500001d/);
    expect(vxlan.length).toBe(2 * (14 + 20 + 8 + 8 + 14 + 20 + 8 + 1));
  });

  test('the destination of pause is the station, whatever is between', () => {
    expect(frame('vlan(), pause()')[0]).toBe(`0180c2000001${OWN}81000000880800010000`);
  });

  test.each([
    ['ipv4(), icmpv6()', 11, 'icmpv6 cannot follow ipv4'],
    ['ipv6(), icmpv4()', 11, 'icmpv4 cannot follow ipv6'],
    ['ipv4(), arp()', 11, 'arp cannot follow ipv4'],
    ['ipv6(), vlan()', 11, 'vlan cannot follow ipv6'],
  ])('%s', (text, column, message) => {
    expect(() => frame(text)).toThrow(message);
    expect(() => frame(text)).toThrow(expect.objectContaining({ line: 1, column }));
  });
});

test.each([
  ['udp(dp=5', 12, "expected a field of udp or ')', found '}'"],
  ['udp(port=5)', 7, "udp has no field 'port'; it has sp, dp, len, csum"],
  ['tcp(port=5)', 7, 'it has sp, dp, seq, aseq, doff, cwr'],
  ['arp(port=5)', 7, 'it has htype, ptype, op, smac, sip, tmac, tip, request, req, reply'],
  ['udp(5)', 7, "expected a field of udp or ')', found '5'"],
  ['udp(,dp=5)', 7, "expected a field of udp or ')', found ','"],
  ['udp(dp)', 9, "expected '=' behind dp, found ')'"],
  ['udp(dp=)', 10, "expected a number, dinc() or drnd(), found ')'"],
  ['udp(dp="a")', 10, 'expected a number, dinc() or drnd()'],
  ['udp(dp=1.2.3.4)', 10, 'expected a number'],
  ['udp(dp=5sp=6)', 10, "'5sp' is no number"],
  ['udp(dp=(5)sp=6)', 13, "expected ',' or a space before 'sp'"],
  ['udp(dp[2]=dinc())', 7, 'dp has 2 bytes, numbered from 0'],
  ['udp(dp[1:2]=dinc())', 7, 'dp has 2 bytes, numbered from 0'],
  ['udp(dp[0:3]=dinc())', 7, 'dp[0:3]: a part is 1, 2 or 4 bytes long'],
  ['udp(dp[=dinc())', 10, "expected the number of a byte, found '='"],
  ['udp(dp[0)', 11, "expected ']' behind the bytes of dp"],
  ['eth(da=5)', 10, "expected a hardware address, dinc() or drnd(), found '5'"],
  ['eth(da=1.2.3.4)', 10, 'expected a hardware address'],
  ['ipv6(da=1:2:3:4:5:6)', 11, 'expected an IPv6 address'],
  ['ipv4(da=1::2)', 11, 'expected an IPv4 address, a number, dinc() or drnd()'],
  ['arp(op=maybe)', 10, "expected a number, dinc() or drnd(), found 'maybe'"],
  ['vlan(inner type=5)', 8, "vlan has no field 'inner'"],
  ['pfc(prio(8)=1)', 7, 'pfc has the priorities 0 to 7, not 8'],
  ['pfc(time=1)', 7, "pfc has no field 'time'; it has code, prio, prio(0-7), time(0-7)"],
  ['udp(dp=dinc(5,3))', 10, 'dinc goes from a smallest to a largest value: 5 is not below 3'],
  ['udp(dp=dinc(1,2,3,4))', 21, 'dinc takes 0 to 3 numbers'],
  ['udp(dp=dinc(4294967295))', 10, 'dinc takes numbers up to 4294967294'],
  ['udp(dp=drnd(5))', 10, 'drnd takes a smallest and a largest value, or nothing'],
  ['udp(dp=drnd(7,7))', 10, 'drnd goes from a smallest to a largest value: 7 is not below 7'],
  ['udp()udp()', 8, "expected ',' or a space before 'udp'"],
  ['fill(0,65530), udp()', 18, 'longer than 65536 bytes'],
])('{ %s } is a fault at column %i: %s', (text, column, message) => {
  expect(() => frame(text)).toThrow(message);
  expect(() => frame(text)).toThrow(expect.objectContaining({ line: 1, column }));
});

test.each([
  ['ipv4(dscp=64)', '1:13: 64 is too large: dscp goes up to 63, the lowest bits are taken'],
  ['udp(dp=65536)', '1:10: 65536 is too large: dp goes up to 65535, the lowest bits are taken'],
  ['ipv4(da[3]=256)', '1:14: 256 is too large: da goes up to 255, the lowest bits are taken'],
])('{ %s } warns', (text, warning) => {
  expect(readTraffic(`{ ${text} }`, device).warnings).toEqual([warning]);
});

test('no two headers, and no two fields of one, share a name', () => {
  expect(HEADERS.size).toBe(HEADER_SHAPES.flatMap(({ names }) => names).length);
  for (const { fields } of HEADER_SHAPES) {
    const names = fields.flatMap((field) => field.names);
    expect(new Set(names).size).toBe(names.length);
  }
});

test('no packet has more than 64 headers', () => {
  expect(frame('mpls(),'.repeat(63))[0].length).toBe(2 * (14 + 63 * 4));
  expect(() => frame('mpls(),'.repeat(64))).toThrow('64 headers at most');
});
