import { readU32 } from '../bytes.js';
import {
  ICMP_CHECKSUM,
  ICMP_ECHO_REPLY,
  ICMP_ECHO_REQUEST,
  ICMP_HEADER,
  ICMP_TIME_EXCEEDED,
  ICMP_UNREACHABLE,
} from '../icmp.js';
import { ICMP_PARAMETER_PROBLEM, ICMP_REDIRECT } from '../icmp-message.js';
import { PROTOCOL_IPV4_INSIDE } from '../ipip.js';
import { formatIpv4 } from '../ipv4.js';
import type { Stretch } from './layer.js';
import type { LayerWriter } from './writer.js';

const NEEDS_FRAGMENTATION = 4;
const SOURCE_QUENCH = 4;
const MOST_ROUTERS = 8;

const UNREACHABLE = [
  ...[
    'net',
    'host',
    'protocol',
    'port',
    'needs-fragmentation',
    'source-route',
    'net-unknown',
    'host-unknown',
  ],
  ...[
    'isolated',
    'net-prohibited',
    'host-prohibited',
    'net-tos',
    'host-tos',
    'prohibited',
    'precedence',
    'cutoff',
  ],
];
const REDIRECT = ['net', 'host', 'net-tos', 'host-tos'];
const EXCEEDED = ['ttl', 'reassembly'];
const QUERIES: Readonly<Record<number, string>> = {
  [ICMP_ECHO_REPLY]: 'echo-reply',
  [ICMP_ECHO_REQUEST]: 'echo-request',
  13: 'timestamp-request',
  14: 'timestamp-reply',
  15: 'information-request',
  16: 'information-reply',
  17: 'mask-request',
  18: 'mask-reply',
  42: 'extended-echo-request',
  43: 'extended-echo-reply',
};

/** RFC 792, with RFC 950, 1191, 1256, 4884 and 8335. */
export function printIcmp(w: LayerWriter): Stretch | null {
  w.protocol = 'ICMP';
  if (!w.needs(ICMP_HEADER, 'header')) {
    w.broken();
    return null;
  }
  w.takes(ICMP_HEADER);
  const type = w.u8('type', 0);
  const code = w.u8('code', 1);
  w.verify(ICMP_CHECKSUM, w.room, 0);
  const query = QUERIES[type];
  const ends = w.ends();
  if (query !== undefined) {
    w.text = `${ends}ICMP ${query} ${queryText(w, type)} len ${w.room}`;
    return null;
  }
  const what = errorText(w, type, code);
  if (what !== '') {
    w.text = `${ends}ICMP ${what} len ${w.room}`;
    return quoted(w, w.bytes[w.offset + 5] * 4);
  }
  if (type === 9) w.text = `${ends}ICMP router-advertisement ${routers(w)} len ${w.room}`;
  else if (type === 10) w.text = `${ends}ICMP router-solicitation len ${w.room}`;
  else w.text = `${ends}ICMP type ${type} code ${code} len ${w.room}`;
  return null;
}

/** The packet that an error quotes; `length` bytes of it, when the error tells so (RFC 4884 §3), else all that follows. */
function quoted(w: LayerWriter, length: number): Stretch | null {
  const room = w.room - ICMP_HEADER;
  if (length > room) w.fault(`${length} bytes quoted, ${room} there`, 5);
  const size = length > 0 && length < room ? length : room;
  if (size === 0) return null;
  const end = w.offset + ICMP_HEADER + size;
  if (size < room)
    w.note('extensions', room - size, ICMP_HEADER + size, Math.max(0, w.atHand - ICMP_HEADER - size));
  return w.next('ipv4', PROTOCOL_IPV4_INSIDE, ICMP_HEADER, {
    end,
    held: Math.min(w.held, end),
    depth: w.depth + 1,
    ip: null,
  });
}

function queryText(w: LayerWriter, type: number): string {
  const id = w.u16('id', 4);
  if (type >= 42) {
    const sequence = w.u8('sequence', 6);
    w.u8('flags', 7);
    return `id ${id} seq ${sequence}`;
  }
  const text = `id ${id} seq ${w.u16('sequence', 6)}`;
  if (type === 13 || type === 14) {
    if (!w.needs(20, 'message')) return text;
    w.takes(20);
    return `${text} times ${w.u32('originated', 8)} ${w.u32('received', 12)} ${w.u32('transmitted', 16)}`;
  }
  if (type !== 17 && type !== 18) return text;
  if (!w.needs(12, 'message')) return text;
  w.takes(12);
  return `${text} mask ${w.address4('mask', 8)}`;
}

/** What an error says; empty for other types. */
function errorText(w: LayerWriter, type: number, code: number): string {
  if (type === ICMP_UNREACHABLE) {
    const text = `unreachable ${UNREACHABLE[code] ?? `code ${code}`}`;
    return code === NEEDS_FRAGMENTATION ? `${text} mtu ${w.u16('mtu', 6)}` : text;
  }
  if (type === ICMP_REDIRECT)
    return `redirect ${REDIRECT[code] ?? `code ${code}`} to ${w.address4('gateway', 4)}`;
  if (type === ICMP_TIME_EXCEEDED) return `time-exceeded ${EXCEEDED[code] ?? `code ${code}`}`;
  if (type === ICMP_PARAMETER_PROBLEM) return `parameter-problem at ${w.u8('pointer', 4)} code ${code}`;
  return type === SOURCE_QUENCH ? 'source-quench' : '';
}

/** RFC 1256 §3: addresses with preferences. */
function routers(w: LayerWriter): string {
  const count = w.u8('addresses', 4);
  const words = w.u8('entry size', 5);
  const lifetime = w.u16('lifetime', 6);
  if (words < 2) w.fault(`entries of ${words} words`, 5);
  const size = ICMP_HEADER + count * words * 4;
  if (words < 2 || !w.needs(size, 'message')) return `of ${count}`;
  w.takes(size);
  const list: string[] = [];
  for (let i = 0; i < Math.min(count, MOST_ROUTERS); i++) {
    const at = ICMP_HEADER + i * words * 4;
    const preference = readU32(w.bytes, w.offset + at + 4) | 0;
    const text = `${formatIpv4(w.bytes, w.offset + at)} (${preference})`;
    w.note('router', text, at, 8);
    list.push(text);
  }
  return `lifetime ${lifetime} ${list.join(' ')}${count > MOST_ROUTERS ? ' ...' : ''}`;
}
