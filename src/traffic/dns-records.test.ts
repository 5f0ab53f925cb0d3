import { expect, test } from 'vitest';
import { trafficFrames } from '../testing/traffic-frames.js';

/** A DNS message in hex: what stands behind Ethernet, IPv4 and UDP. */
const message = (text: string) => trafficFrames(`{ dns(${text}) }`, 1)[0].slice(84);

test.each([
  ['', '000000000000000000000000'],
  ['id=1, qr=1, op=15, aa=1, trunc=1, rdesired=1, ravail=1, zero=3, rcode=15', '0001ffbf0000000000000000'],
  ['qry(name="a.bc")', '0000000000010000000000000161026263000001' + '0001'],
  ['qry(name="a.bc.", type=28, class=3)', '000000000001000000000000016102626300001c0003'],
  ['query(name="")', '0000000000010000000000000000010001'],
  ['ans(name="x", addr(10.0.0.1), ttl=5)', '00008000000000010000000001780000010001000000050004' + '0a000001'],
  ['ans(addr(fd00::1))', `000080000000000100000000001c0001000000010010fd00${'00'.repeat(13)}01`],
  ['auth(name="x", ns("y.z"))', '000000000000000000010000017800000200010000000100050179017a00'],
  ['add(name="x", cname("y"))', '0000000000000000000000010178000005000100000001000301' + '7900'],
  ['ans(name="x", ptr("y"), class=2)', '0000800000000001000000000178' + '00000c000200000001000301' + '7900'],
  [
    'ans(name="x", type=16, data="hi", len=9)',
    '0000800000000001000000000178' + '00001000010000000100096869' + '00',
  ],
  ['qry(name="q"), qdcount=7, qr=1', '0000800000070000000000000171' + '0000010001'],
])('dns(%s)', (text, hex) => {
  expect(message(text)).toBe(hex);
});

test('a question without a name asks for the one that trafgen asks for', () => {
  expect(Buffer.from(message('qry()'), 'hex').toString('latin1')).toContain(
    '\x03www\x0bnetsniff-ng\x03com\x00',
  );
});

test('entries are put into the order of their sections', () => {
  const entries = ['add(name="4")', 'ans(name="2")', 'qry(name="1")', 'auth(name="3")', 'ans(name="5")'];
  const names = [...message(entries.join(', ')).matchAll(/01(3\d)00/g)].map(([, digit]) => digit);
  expect(names).toEqual(['31', '32', '35', '33', '34']);
  expect(message(entries.join(', ')).slice(8, 24)).toBe('0001000200010001');
});

test('it goes to port 53 of a datagram whose checksum covers it', () => {
  const [hex] = trafficFrames('{ dns(id=5) }', 1);
  expect(hex.slice(68, 80)).toBe('000000350014');
  expect(trafficFrames('{ udp(dp=5353), dns() }', 1)[0].slice(72, 76)).toBe('14e9');
  expect(trafficFrames('{ ipv6(), dns(id=dinc()) }', 2).map((frame) => frame.slice(124, 128))).toEqual([
    '0000',
    '0001',
  ]);
});

test.each([
  ['qry(', 12, "expected a field of the entry, found '}'"],
  ['qry(ttl=5)', 11, "found 'ttl'; it has name, type and class"],
  ['ans(port=5)', 11, "found 'port'; it has name, data, addr, type, class, ttl, len, ns, cname, ptr"],
  ['qry(name=5)', 16, "expected a name in quotes, found '5'"],
  ['qry(name="a..b")', 16, '\'"a..b"\' is no domain name: labels of 1 to 63 characters, 255 bytes in all'],
  [`qry(name="${'a'.repeat(64)}")`, 16, 'is no domain name'],
  [`qry(name="${'a.'.repeat(200)}")`, 16, 'is no domain name'],
  ['qry(type=65536)', 16, 'type goes from 0 to 65535, not to 65536'],
  ['qry(type=dinc())', 16, "expected a number, found 'dinc'"],
  ['ans(addr("a"))', 16, 'expected an IPv4 or IPv6 address'],
  ['ans(addr(1.2.3.4)name="a")', 24, "expected ',' or a space before 'name'"],
  ['ans(addr(1.2.3.4 5', 24, "expected ')' behind the data of addr, found '5'"],
  ['ans(data=5)', 16, "expected a string or an address, found '5'"],
  ['ans(name)', 15, "expected '=' behind name, found ')'"],
  ['ans 5', 11, "expected '(' behind ans, found '5'"],
])('{ dns(%s) } is a fault at column %i: %s', (text, column, fault) => {
  const read = () => trafficFrames(`{ dns(${text}${text.endsWith(')') ? ')' : ''} }`, 1);
  expect(read).toThrow(fault);
  expect(read).toThrow(expect.objectContaining({ name: 'TrafficError', line: 1, column }));
});
