import { readU32 } from '../bytes.js';
import { formatMac } from '../ethernet.js';
import { formatIpv6 } from '../ipv6.js';
import {
  mtuOption,
  NDP_ADVERTISEMENT,
  NDP_REDIRECT,
  NDP_ROUTER_ADVERTISEMENT,
  NDP_ROUTER_SOLICITATION,
  NDP_SOLICITATION,
  ndpOptionsAt,
  OPTION_MTU,
  OPTION_PREFIX,
  OPTION_RESOLVERS,
  OPTION_SOURCE_MAC,
  OPTION_TARGET_MAC,
  prefixOption,
  routerAdvertisement,
} from '../ndp.js';
import { bitNames, escaped } from './names.js';
import type { LayerWriter } from './writer.js';

const MOST_OPTIONS = 24;
const MOST_RESOLVERS = 6;
const REDIRECTED = 4;
const ROUTE = 24;
const NONCE = 14;
const FLAGS = 26;
const SEARCH_LIST = 31;
const PORTAL = 37;

/**
 * Neighbour discovery (RFC 4861 §4) behind the first eight bytes. `quotedAt`: where a redirect quotes a packet, from the
 * message's first byte; 0: it does not.
 */
export function printNdp(w: LayerWriter, type: number): { text: string; quotedAt: number } {
  const least = ndpOptionsAt(type);
  if (!w.needs(least, 'message')) return { text: `${nameOf(type)} ${fateOf(w)}`, quotedAt: 0 };
  w.takes(least);
  const parts = [nameOf(type), ...fixedText(w, type)].filter((part) => part !== '');
  let at = least;
  let quotedAt = 0;
  for (let count = 0; at < w.room && at + 2 <= w.atHand && count < MOST_OPTIONS; count++) {
    const kind = w.bytes[w.offset + at];
    const size = w.bytes[w.offset + at + 1] * 8;
    if (size === 0 || at + size > w.room) {
      w.fault(`option of kind ${kind} of ${size} bytes, ${w.room - at} there`, at + 1);
      break;
    }
    if (at + size > w.atHand) break;
    const [name, value] = optionText(w, at, kind, size);
    const text = value === '' ? name : `${name} ${value}`;
    w.note('option', text, at, size);
    parts.push(`<${text}>`);
    if (kind === REDIRECTED && size > 8) quotedAt = at + 8;
    at += size;
  }
  w.takes(Math.max(least, Math.min(at, w.room)));
  return { text: parts.join(' '), quotedAt };
}

function fateOf(w: LayerWriter): string {
  return w.faults.length > 0 ? 'malformed' : 'cut short';
}

function nameOf(type: number): string {
  if (type === NDP_ROUTER_SOLICITATION) return 'router-solicitation';
  if (type === NDP_ROUTER_ADVERTISEMENT) return 'router-advertisement';
  if (type === NDP_SOLICITATION) return 'who-has';
  return type === NDP_ADVERTISEMENT ? 'is-at' : 'redirect';
}

/** What is in front of the options. */
function fixedText(w: LayerWriter, type: number): string[] {
  if (type === NDP_ROUTER_ADVERTISEMENT) return [routerText(w)];
  if (type === NDP_SOLICITATION) return [w.address6('target', 8)];
  if (type === NDP_ADVERTISEMENT) {
    const names = bitNames(w.bytes[w.offset + 4] >>> 5, ['router', 'solicited', 'override']);
    w.note('flags', names, 4, 1);
    return [w.address6('target', 8), names];
  }
  if (type !== NDP_REDIRECT) return [];
  const target = w.address6('target', 8);
  return [`${w.address6('destination', 24)} to ${target}`];
}

function routerText(w: LayerWriter): string {
  const said = routerAdvertisement(w.bytes, w.offset);
  w.note('hop limit', said.hopLimit, 4, 1);
  const flags = bitNames(w.bytes[w.offset + 5] >>> 6, ['managed', 'other']);
  w.note('flags', flags, 5, 1);
  w.note('lifetime', said.lifetimeSeconds, 6, 2);
  w.note('reachable', said.reachableMillis, 8, 4);
  w.note('retransmit', said.retransmitMillis, 12, 4);
  return `lifetime ${said.lifetimeSeconds}${flags === '-' ? '' : ` ${flags}`}`;
}

/** Name and value of an option that is wholly there. A length that its kind does not have is a fault. */
function optionText(w: LayerWriter, at: number, kind: number, size: number): [string, string] {
  const { bytes } = w;
  const place = w.offset + at;
  const wrong = (name: string): [string, string] => {
    w.fault(`option ${name} of ${size} bytes`, at + 1);
    return [name, ''];
  };
  switch (kind) {
    case OPTION_SOURCE_MAC:
    case OPTION_TARGET_MAC: {
      const name = kind === OPTION_SOURCE_MAC ? 'source' : 'target';
      return size === 8 ? [name, formatMac(bytes, place + 2)] : wrong(name);
    }
    case OPTION_PREFIX: {
      if (size !== 32) return wrong('prefix');
      const { bits, onLink, autonomous, validSeconds, preferredSeconds } = prefixOption(bytes, place);
      const flags = `${onLink ? ' on-link' : ''}${autonomous ? ' autonomous' : ''}`;
      if (bits > 128) w.fault(`a prefix of ${bits} bits`, at + 2);
      const times = `valid ${validSeconds} preferred ${preferredSeconds}`;
      return ['prefix', `${formatIpv6(bytes, place + 16)}/${bits}${flags} ${times}`];
    }
    case REDIRECTED:
      return ['redirected', `${size - 8} bytes`];
    case OPTION_MTU:
      return size === 8 ? ['mtu', `${mtuOption(bytes, place)}`] : wrong('mtu');
    case ROUTE:
      return size <= 24 ? ['route', routeText(bytes, place, size)] : wrong('route');
    case OPTION_RESOLVERS:
      return size >= 24 && size % 16 === 8
        ? ['resolvers', resolversText(bytes, place, size)]
        : wrong('resolvers');
    case SEARCH_LIST:
      return size >= 16 ? ['domains', domainsText(bytes, place, size)] : wrong('domains');
    case PORTAL:
      return ['portal', escaped(bytes, place + 2, place + trimmed(bytes, place, size))];
    case NONCE:
      return ['nonce', ''];
    case FLAGS:
      return ['flags', ''];
    default:
      return [`kind ${kind}`, ''];
  }
}

/** RFC 4191 §2.3: as many bytes of the prefix as are needed. */
function routeText(bytes: Uint8Array, place: number, size: number): string {
  const prefix = new Uint8Array(16);
  prefix.set(bytes.subarray(place + 8, place + size));
  return `${formatIpv6(prefix)}/${bytes[place + 2]} lifetime ${readU32(bytes, place + 4)}`;
}

function resolversText(bytes: Uint8Array, place: number, size: number): string {
  const list: string[] = [];
  for (let at = 8; at < size && list.length < MOST_RESOLVERS; at += 16)
    list.push(formatIpv6(bytes, place + at));
  return `${list.join(' ')} lifetime ${readU32(bytes, place + 4)}`;
}

/** RFC 8106 §5.2: names in labels, zeros behind them. */
function domainsText(bytes: Uint8Array, place: number, size: number): string {
  const names: string[] = [];
  let name = '';
  const end = place + size;
  for (let at = place + 8; at < end; ) {
    const length = bytes[at];
    if (length === 0 || at + 1 + length > end) {
      if (name !== '') names.push(name);
      name = '';
      if (length !== 0 || names.length >= MOST_RESOLVERS) break;
      at++;
      continue;
    }
    name += `${name === '' ? '' : '.'}${escaped(bytes, at + 1, at + 1 + length)}`;
    at += 1 + length;
    if (name.length > 250) break;
  }
  return `${names.join(' ')} lifetime ${readU32(bytes, place + 4)}`;
}

/** Length of an option without the zeros at its end. */
function trimmed(bytes: Uint8Array, place: number, size: number): number {
  let length = size;
  while (length > 2 && bytes[place + length - 1] === 0) length--;
  return length;
}
