import type { LookupAddress } from 'node:dns';
import { getDefaultAutoSelectFamily, isIP, type Socket } from 'node:net';
import { isMapped, unmapped } from '../../stack/mapped.js';
import { startCall } from './call.js';
import { addressBytes, addressText } from './inet-text.js';
import type { HostLookup } from './names.js';
import { netError } from './net-errors.js';
import { socketInternals } from './net-internals.js';
import { type RaceOptions, race } from './race.js';
import type { TcpEnd } from './tcp-end.js';

/** Whom to call, as `net.connect` takes it. */
export interface DialOptions extends RaceOptions {
  /** Address or name; default `localhost`. */
  readonly host?: string | undefined;
  /** 4 or 6: the address that a name is to have. */
  readonly family?: number | undefined;
  /** Instead of the host's own. */
  readonly lookup?: HostLookup | undefined;
  /** Whether all addresses of a name are tried; default as `net` has it (yes, since Node 20). */
  readonly autoSelectFamily?: boolean | undefined;
}

/** Calls a peer; never fails at once: the socket emits `connect`, or `error`. */
export function dial(socket: Socket, end: TcpEnd, options: DialOptions): void {
  const { host = 'localhost', family, port } = options;
  socketInternals(socket).connecting = true;
  socketInternals(socket)._unrefTimer();
  if (isIP(host.replace(/%.*$/, ''))) {
    process.nextTick(() => callOne(socket, end, host, options));
    return;
  }
  const auto = options.autoSelectFamily ?? getDefaultAutoSelectFamily();
  const all = auto && family !== 4 && family !== 6 && !options.localAddress;
  const lookup = options.lookup ?? end.host.lookup;
  lookup(host, { ...(family === undefined ? {} : { family }), all }, (error, found, foundFamily) => {
    if (!socket.connecting) return;
    if (error) {
      socket.emit('lookup', error, undefined, undefined, host);
      socket.destroy(error);
      return;
    }
    const one = typeof found === 'string' ? [{ address: found, family: foundFamily ?? isIP(found) }] : found;
    for (const { address, family: itsFamily } of one) socket.emit('lookup', null, address, itsFamily, host);
    const usable = inTurns(one.filter(({ address }) => isIP(address)));
    if (usable.length === 0) socket.destroy(netError('ENOTFOUND', 'connect', { address: host, port }));
    else if (usable.length === 1) callOne(socket, end, usable[0], options);
    else race(socket, end, usable, options);
  });
}

/** Families one after the other, that of the first address first (RFC 8305 §4): one that does not work costs one try. */
function inTurns(found: readonly LookupAddress[]): string[] {
  const first = found.filter(({ family }) => family === found[0].family);
  const second = found.filter(({ family }) => family !== found[0].family);
  const turns: string[] = [];
  for (let i = 0; i < found.length; i++) {
    for (const list of [first, second]) if (i < list.length) turns.push(list[i].address);
  }
  return turns;
}

function callOne(socket: Socket, end: TcpEnd, address: string, options: DialOptions): void {
  if (!socket.connecting) return; // destroyed meanwhile
  const bytes = addressBytes(address);
  end.showsMapped = bytes !== null && isMapped(bytes);
  const plain = end.showsMapped && bytes !== null ? addressText(unmapped(bytes)) : address;
  const { host } = end;
  socket.emit('connectionAttempt', address, options.port, isIP(address));
  host.run(() => {
    if (!socket.connecting) return;
    const made = startCall(host, { ...options, address: plain, circuit: end.circuit }, end);
    if (made instanceof Error) host.driver.tell(() => socket.destroy(made));
    else end.attach(made);
  });
}
