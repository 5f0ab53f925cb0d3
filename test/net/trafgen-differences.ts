import type { Sample } from './trafgen-corpus.js';

/** Where the peer is wrong, and why. The table of docs/trafgen-language.md says the same in words. */
export interface Difference extends Sample {
  readonly why: string;
  /** What it does instead of sending bytes: it says why, or stops with an assertion, after which it hangs. */
  readonly peer?: 'refuses' | 'crashes';
  /** When it is we who send nothing: what we say. */
  readonly refused?: string;
}

export const DIFFERENCES: readonly Difference[] = [
  { why: 'ddec leaves its bounds', text: '{ ddec(1,5) }', times: 5 },
  { why: 'ddec leaves its bounds', text: '{ ddec(10,20,3) }', times: 4 },
  { why: 'dinc with bounds the wrong way round', text: '{ dinc(5,1) }', refused: 'smallest' },
  { why: 'a sum over what stands before it ends early', text: '{ 1,2,3,4, csumip(0,3), 9 }' },
  {
    why: 'a sum over what stands before it is written with its bytes swapped',
    text: '{ 1,2,0, csumip(0,2), 9 }',
  },
  { why: 'a sum over an odd number of bytes leaves out the last', text: '{ 1,2,3,4, csumip(0,100), 9 }' },
  { why: 'the ICMP checksum of odd data leaves out the last byte', text: '{ icmpv4(echorequest), "odd" }' },
  { why: 'a UDP checksum of 0 means that there is none', text: '{ udp(sp=0xffde) }' },
  {
    why: 'a header does not renew its checksum for data that changes',
    text: '{ udp(), "data", dinc(1,9) }',
    times: 3,
  },
  { why: 'a header does not renew its checksum for data that changes', text: '{ dns(id=dinc()) }', times: 3 },
  {
    why: 'a header does not sum the result of a function behind it',
    text: '{ udp(), 1,2,3,4, csum16(42,45) }',
  },
  { why: 'a header is written over the bytes before it', text: '{ ipv4(), 1,2, udp() }' },
  { why: 'a header is written over the bytes before it', text: '{ 1,2,3, eth() }' },
  { why: 'pause behind a tag writes its destination into the tag', text: '{ vlan(), pause() }' },
  {
    why: 'the checksum of ICMPv6 is not renewed',
    text: '{ eth(), ipv6(sa=dinc()), icmpv6() }',
    times: 3,
  },
  {
    why: 'the checksum of ICMPv6 is not renewed',
    text: '{ eth(type=0x86dd), ipv6(), icmpv6(code=dinc()) }',
    times: 3,
  },
  { why: 'drnd of four bytes never sets the highest bit', text: '{ tcp(seq=drnd()) }', times: 9 },
  { why: 'entries of DNS in a second packet', text: '{ udp() } { dns(qry(name="a.b")) }' },
  { why: 'a question of DNS without a name', text: '{ dns(qry()) }' },
  { why: 'IPv6 in a capture file', text: '{ ipv6(), udp() }' },
  { why: 'a backslash between single quotes', text: "{ '\\n', '\\t', '\\'', 5 }" },
  { why: 'a string ends at its first zero', text: '{ "\\x31\\x00\\x41", 5 }' },
  { why: 'an octal number with other digits', text: '{ 08, 5 }', refused: 'octal' },
  { why: 'a number that no 64 bits hold', text: '{ c64(0x1ffffffffffffffff) }', refused: '64 bits' },
  { why: 'an address for a number', text: '{ ipv4(id=1.2.3.4) }', refused: 'number' },
  { why: 'a string for a number', text: '{ eth(type="abc") }', refused: 'number' },
  { why: 'a part that is not in its field', text: '{ eth(da[5:2]=dinc()) }', refused: 'part' },
  { why: 'a sum of what is not there', text: '{ 1,2, csum16(100,200) }', refused: 'end' },
  { why: 'numbers of more than 63 bits', text: '{ c64(18446744073709551615) }' },
  { why: 'hexadecimal numbers in capitals without 0', text: '{ XFF, B11 }' },
  { why: 'a packet behind one for another CPU is lost', text: 'cpu(0): { 1 } cpu(1): { 2 } { 3 }' },
  { why: 'arp(op=number)', text: '{ arp(op=7) }', peer: 'crashes' },
  { why: 'icmpv6(type=number)', text: '{ icmpv6(type=128) }', peer: 'crashes' },
  { why: 'a header that cannot follow', text: '{ ipv6(), icmpv4() }', peer: 'crashes', refused: 'follow' },
  { why: 'IPv4 behind UDP', text: '{ udp(), ipv4() }', peer: 'crashes' },
  { why: 'a sum of one byte', text: '{ 1, 2, csumip(1,1) }', peer: 'crashes', refused: 'two places' },
  { why: 'a comma behind a space', text: '{ 1 , 2 }', peer: 'refuses' },
  { why: 'a line without a space', text: '{ 1\n2 }', peer: 'refuses' },
  { why: 'spaces in parentheses', text: '{ fill( 1, 2 ) }', peer: 'refuses' },
  { why: 'a comment behind a space', text: '{ 1, /* one */ 2 }', peer: 'refuses' },
  { why: 'comments in C++', text: '// first\n{ 1 }', peer: 'refuses' },
  { why: 'rnd() of its manual', text: '{ rnd() }', peer: 'refuses' },
  { why: 'icmpv4(csum) of its manual', text: '{ icmpv4(csum=5) }', peer: 'refuses' },
  { why: 'tcp(ecn) of its manual', text: '{ tcp(ecn) }', peer: 'refuses' },
  { why: 'a value for a flag', text: '{ tcp(syn=1) }', peer: 'refuses' },
  { why: 'a number for a part of a field', text: '{ eth(da[0]=5) }', peer: 'refuses' },
  { why: 'arithmetic for a field', text: '{ udp(dp=(1000+7)) }', peer: 'refuses' },
];
