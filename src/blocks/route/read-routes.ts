import { QuipuError } from '../../contract/error.js';
import type { RouteList } from './route-table.js';

/** Ports that routes may lead to. */
export const ROUTE_PORTS = 64;
/** Different pairs of gateway and port. */
const MOST_HOPS = 1 << 20;

export interface Routes extends RouteList {
  /** By hop: gateway in host order, 0 for "the destination itself". Hop 0 is none. */
  readonly gateways: Int32Array;
  /** By hop: number of the block's port. */
  readonly exits: Uint8Array;
}

const TAB = 9;
const NEWLINE = 10;
const RETURN = 13;
const SPACE = 32;
const HASH = 35;
const COMMA = 44;
const DOT = 46;
const SLASH = 47;
const ZERO = 48;
const NINE = 57;
const SEMICOLON = 59;

const isEnd = (code: number) =>
  code === NEWLINE || code === SEMICOLON || code === COMMA || code === HASH || Number.isNaN(code);

/**
 * Reads routes, one after the other: `10.0.0.0/8 via 192.0.2.1 port 1`, `10.1.0.0/16 port 0`; the words `via` and `port`
 * may be left out. A line's end, a semicolon or a comma stands between two; `#` begins a comment. By hand and
 * character by character, since a table of a million lines should not take seconds.
 */
class RouteReader implements Routes {
  count = 0;
  networks = new Int32Array(64);
  lengths = new Uint8Array(64);
  hops = new Int32Array(64);
  gateways = new Int32Array(16);
  exits = new Uint8Array(16);
  private hopCount = 1;
  private readonly known = new Map<number, number>();
  private text = '';
  private at = 0;
  private begin = 0;
  private what = '';

  read(text: string, what: string): void {
    this.text = text;
    this.at = 0;
    this.what = what;
    for (;;) {
      this.skipSpace();
      const code = text.charCodeAt(this.at);
      if (Number.isNaN(code)) return;
      if (code === HASH) while (this.at < text.length && text.charCodeAt(this.at) !== NEWLINE) this.at++;
      else if (isEnd(code)) this.at++;
      else this.readRoute();
    }
  }

  private readRoute(): void {
    this.begin = this.at;
    const network = this.readAddress();
    let length = 32;
    if (this.text.charCodeAt(this.at) === SLASH) {
      this.at++;
      length = this.readNumber(32, 'a prefix length');
    }
    const mask = length === 0 ? 0 : -1 << (32 - length);
    if ((network & ~mask) !== 0) this.refuse(`bits are set behind its first ${length}`);
    this.skipSpace();
    let gateway = 0;
    const via = this.skipWord('via');
    // An address has a dot behind its first number, a port has not.
    if (via || this.looksLikeAddress()) {
      gateway = this.readAddress();
      if (gateway === 0) this.refuse('0.0.0.0 is no gateway');
      this.skipSpace();
    }
    this.skipWord('port');
    const port = this.readNumber(ROUTE_PORTS - 1, 'a port');
    this.skipSpace();
    if (!isEnd(this.text.charCodeAt(this.at))) this.refuse('there is more behind the port');
    this.add(network, length, this.hop(gateway, 2 * port));
  }

  private add(network: number, length: number, hop: number): void {
    if (this.count === this.networks.length) {
      const size = 2 * this.count;
      this.networks = enlarged(this.networks, new Int32Array(size));
      this.lengths = enlarged(this.lengths, new Uint8Array(size));
      this.hops = enlarged(this.hops, new Int32Array(size));
    }
    this.networks[this.count] = network;
    this.lengths[this.count] = length;
    this.hops[this.count++] = hop;
  }

  private hop(gateway: number, port: number): number {
    const key = (gateway >>> 0) * 256 + port;
    const known = this.known.get(key);
    if (known !== undefined) return known;
    if (this.hopCount > MOST_HOPS)
      throw new QuipuError('limit', `${this.what}: more than ${MOST_HOPS} different gateways`);
    if (this.hopCount === this.gateways.length) {
      this.gateways = enlarged(this.gateways, new Int32Array(2 * this.hopCount));
      this.exits = enlarged(this.exits, new Uint8Array(2 * this.hopCount));
    }
    this.gateways[this.hopCount] = gateway;
    this.exits[this.hopCount] = port;
    this.known.set(key, this.hopCount);
    return this.hopCount++;
  }

  private readAddress(): number {
    let address = 0;
    for (let part = 0; part < 4; part++) {
      if (part > 0 && this.text.charCodeAt(this.at++) !== DOT) this.refuse('an address has four numbers');
      address = (address << 8) | this.readNumber(255, 'a number of an address');
    }
    return address;
  }

  /** A decimal number without leading zeros: some read those as octal. */
  private readNumber(most: number, what: string): number {
    const first = this.at;
    let value = 0;
    let code = this.text.charCodeAt(this.at);
    while (code >= ZERO && code <= NINE && value <= most) {
      value = 10 * value + code - ZERO;
      code = this.text.charCodeAt(++this.at);
    }
    const digits = this.at - first;
    const padded = digits > 1 && this.text.charCodeAt(first) === ZERO;
    if (digits === 0 || padded || value > most) this.refuse(`${what} is 0 to ${most}`);
    return value;
  }

  private looksLikeAddress(): boolean {
    let i = this.at;
    for (let code = this.text.charCodeAt(i); code >= ZERO && code <= NINE; ) code = this.text.charCodeAt(++i);
    return this.text.charCodeAt(i) === DOT;
  }

  private skipWord(word: string): boolean {
    if (!this.text.startsWith(word, this.at)) return false;
    this.at += word.length;
    this.skipSpace();
    return true;
  }

  private skipSpace(): void {
    for (;;) {
      const code = this.text.charCodeAt(this.at);
      if (code !== SPACE && code !== TAB && code !== RETURN) return;
      this.at++;
    }
  }

  private refuse(why: string): never {
    const route = this.text
      .slice(this.begin, this.begin + 60)
      .split(/[\n;,#]/)[0]
      .trim();
    const form = 'write "10.0.0.0/8 via 192.0.2.1 port 1" or "10.1.0.0/16 port 0"';
    throw new QuipuError('bad-config', `${this.what}: route ${this.count + 1}, "${route}": ${why}; ${form}`);
  }
}

/** Throws QuipuError that begins with `what`. */
export function readRoutes(texts: string | readonly string[], what: string): Routes {
  const reader = new RouteReader();
  for (const text of typeof texts === 'string' ? [texts] : texts) reader.read(text, what);
  return reader;
}

function enlarged<T extends Int32Array | Uint8Array>(from: T, to: T): T {
  to.set(from);
  return to;
}
