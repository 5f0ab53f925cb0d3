import { EventEmitter } from 'node:events';
import type { Circuit } from '../../contract/circuit.js';
import type { UdpService } from '../../stack/blocks/udp.js';
import { isGroup } from '../../stack/host.js';
import { needsZone } from '../../stack/source-selection.js';
import { type UdpEnd, UdpSocket } from '../../stack/udp/socket.js';
import type { HostDriver } from './driver.js';
import { addressText, familyText } from './inet-text.js';
import type { HostLookup } from './names.js';
import {
  argumentError,
  bufferSize,
  hopLimitOf,
  type Message,
  portOf,
  type SendDone,
  sendArguments,
} from './udp-arguments.js';
import { stateError, udpError } from './udp-errors.js';
import { type Found, findEnd } from './udp-find.js';
import { interfaceOf, joinGroup, leaveAllGroups, leaveGroup } from './udp-groups.js';

/** Bytes: Linux's wmem_default. */
const SEND_BUFFER = 212_992;

/** What UDP sockets of a host share. */
export interface UdpSocketHost {
  readonly service: UdpService;
  readonly driver: Pick<HostDriver, 'tell' | 'kick' | 'hold' | 'letGo'>;
  /** Without it only addresses can be given, and `localhost`. */
  readonly lookup?: HostLookup;
}

export interface UdpSocketOptions {
  readonly type: 'udp4' | 'udp6';
  /** Others may bind the same address and port number, if they say so too. */
  readonly reuseAddr?: boolean;
  /** Bytes of datagrams that may wait to be read. */
  readonly recvBufferSize?: number;
  /** An udp6 socket speaks IPv6 only; otherwise IPv4, too, as ::ffff:10.0.0.1. */
  readonly ipv6Only?: boolean;
  /** Kept and told; what is sent leaves at once. */
  readonly sendBufferSize?: number;
  /** Instead of the host's own. */
  readonly lookup?: HostLookup;
  /** Closes the socket. */
  readonly signal?: AbortSignal;
}

export interface RemoteInfo {
  readonly address: string;
  readonly family: 'IPv4' | 'IPv6';
  readonly port: number;
  /** Bytes of the datagram. */
  readonly size: number;
}

/**
 * A UDP socket of a host, with the face of a `dgram.Socket`: events `listening`, `message`, `connect`, `error`, `close`. While
 * it is bound it keeps the process alive, unless `unref` was called.
 */
export class HostUdpSocket extends EventEmitter {
  readonly type: 'udp4' | 'udp6';
  private readonly host: UdpSocketHost;
  private readonly socket: UdpSocket;
  private readonly lookup: HostLookup | undefined;
  private readonly signal: AbortSignal | undefined;
  private readonly abort = () => this.close();
  private state: 'new' | 'bound' | 'closed' = 'new';
  private link: 'none' | 'connecting' | 'connected' = 'none';
  private sending = { count: 0, bytes: 0 };
  private sendBufferSize = SEND_BUFFER;
  private isReferenced = true;

  constructor(host: UdpSocketHost, options: UdpSocketOptions) {
    super();
    this.host = host;
    this.type = options.type;
    this.lookup = options.lookup ?? host.lookup;
    this.signal = options.signal;
    this.socket = new UdpSocket(options.type === 'udp4' ? 4 : 16, {
      readable: () => host.driver.tell(() => this.deliver()),
      failed: (code) => host.driver.tell(() => this.fail(this.errorOf(code, 'recvmsg'))),
    });
    this.socket.reuse = options.reuseAddr ?? false;
    this.socket.takesMapped = options.type === 'udp6' && options.ipv6Only !== true;
    if (options.sendBufferSize !== undefined) this.setSendBufferSize(options.sendBufferSize);
    if (options.recvBufferSize !== undefined) this.setRecvBufferSize(options.recvBufferSize);
    if (options.signal?.aborted) this.close();
    else options.signal?.addEventListener('abort', this.abort, { once: true });
  }

  /** Takes a port number, 0 for a free one, and says `listening`; an `error` event when it is in use. */
  bind(...given: unknown[]): this {
    const rest = [...given];
    const done = typeof rest.at(-1) === 'function' ? (rest.pop() as () => void) : undefined;
    this.checkOpen();
    if (this.state === 'bound') throw stateError('ERR_SOCKET_ALREADY_BOUND', 'the socket is bound already');
    const [first, second] = rest;
    const options = typeof first === 'object' && first !== null ? (first as Record<string, unknown>) : null;
    const port = portOf((options ? options.port : first) ?? 0, 0);
    const address = (options ? options.address : second) ?? undefined;
    if (address !== undefined && typeof address !== 'string') throw argumentError('an address is a string');
    if (done) this.once('listening', done);
    this.find(address ?? '', (error, found) => {
      const bound = error ?? this.take(found, port);
      if (bound !== null) this.fail(bound);
    });
    return this;
  }

  /** Sends a datagram; binds the socket first if need be. `done` is called when it has left, or with the error. */
  send(message: Message, ...rest: unknown[]): void {
    this.checkOpen();
    const connected = this.link === 'connected';
    const { bytes, port, address, done } = sendArguments(message, rest, connected);
    if (connected && address !== undefined)
      throw stateError('ERR_SOCKET_DGRAM_IS_CONNECTED', 'the socket is connected: it sends to its peer only');
    if (!connected) portOf(port, 1);
    const ready = this.ensureBound();
    if (ready !== null) {
      this.finishSend(done, ready, 0);
      return;
    }
    if (connected && this.socket.peer !== null) {
      this.transmit(bytes, this.socket.peer, done);
      return;
    }
    this.find(address ?? 'localhost', (error, found) => {
      if (error !== null || found === null)
        this.finishSend(done, error ?? this.errorOf('ENOTFOUND', 'send'), 0);
      else this.transmit(bytes, { ...found, portNumber: Number(port) }, done);
    });
  }

  /** From now on it sends to this peer only, and receives from it only. */
  connect(port: number, ...rest: unknown[]): void {
    this.checkOpen();
    if (this.link !== 'none') throw stateError('ERR_SOCKET_DGRAM_IS_CONNECTED', 'the socket is connected');
    const portNumber = portOf(port, 1);
    const done = typeof rest.at(-1) === 'function' ? (rest.pop() as (error?: Error) => void) : undefined;
    const address = typeof rest[0] === 'string' ? rest[0] : 'localhost';
    this.link = 'connecting';
    this.find(address, (error, found) => {
      if (this.link !== 'connecting' || this.state === 'closed') return;
      const failure = error ?? this.ensureBound() ?? this.join(found, portNumber, address);
      this.link = failure === null ? 'connected' : 'none';
      if (failure === null) {
        if (done) this.once('connect', done);
        this.emit('connect');
      } else if (done) done(failure);
      else this.fail(failure);
    });
  }

  disconnect(): void {
    if (this.link !== 'connected')
      throw stateError('ERR_SOCKET_DGRAM_NOT_CONNECTED', 'the socket is not connected');
    this.host.service.udp.disconnect(this.socket);
    this.link = 'none';
  }

  /** Gives the port number back; `close` follows. */
  close(done?: () => void): this {
    if (done) this.once('close', done);
    this.checkOpen();
    this.state = 'closed';
    this.settleReference();
    this.signal?.removeEventListener('abort', this.abort);
    // What was sent before still leaves from its port.
    this.host.service.run(() => {
      leaveAllGroups(this.host.service, this.socket);
      if (this.socket.portNumber !== 0) this.host.service.udp.unbind(this.socket);
      this.host.driver.tell(() => this.emit('close'));
    });
    this.host.driver.kick();
    return this;
  }

  address(): { address: string; family: 'IPv4' | 'IPv6'; port: number } {
    this.checkOpen();
    if (this.socket.portNumber === 0) throw stateError('EBADF', 'the socket is not bound');
    const address =
      this.socket.address ?? this.socket.localToPeer ?? new Uint8Array(this.socket.addressLength);
    return { address: addressText(address), family: familyText(address), port: this.socket.portNumber };
  }

  remoteAddress(): { address: string; family: 'IPv4' | 'IPv6'; port: number } {
    const { peer } = this.socket;
    if (peer === null) throw stateError('ERR_SOCKET_DGRAM_NOT_CONNECTED', 'the socket is not connected');
    return { address: addressText(peer.address), family: familyText(peer.address), port: peer.portNumber };
  }

  setBroadcast(on: boolean): void {
    this.checkOpen();
    this.socket.mayBroadcast = on;
  }

  /** Time to live of datagrams to one host, 1 to 255. */
  setTTL(ttl: number): number {
    this.socket.hopLimit = hopLimitOf(ttl, 1);
    return ttl;
  }

  /** The same for groups, 0 to 255. */
  setMulticastTTL(ttl: number): number {
    this.socket.groupHopLimit = hopLimitOf(ttl, 0);
    return ttl;
  }

  /** By which interface datagrams to groups leave: an address of it, or `::%eth0`; `0.0.0.0` and `::`: as routes say. */
  setMulticastInterface(which: string): void {
    this.checkOpen();
    this.socket.groupInterface = interfaceOf(this.host.service, this.socket, which, 'setMulticastInterface');
  }

  /** Whether members on this host hear what it sends to a group; they do at first. */
  setMulticastLoopback(on: boolean): boolean {
    this.checkOpen();
    this.socket.loopsGroups = on;
    return on;
  }

  /** Takes datagrams to a group from now on, by the interface named as in `setMulticastInterface`. */
  addMembership(group: string, at?: string): void {
    this.checkOpen();
    const bound = this.ensureBound();
    if (bound !== null) throw bound;
    joinGroup(this.host.service, this.socket, group, at);
  }

  dropMembership(group: string, at?: string): void {
    this.checkOpen();
    leaveGroup(this.host.service, this.socket, group, at);
  }

  /** Not done: a group is joined for all senders. Throws ENOPROTOOPT. */
  addSourceSpecificMembership(): never {
    throw udpError('ENOPROTOOPT', 'addSourceSpecificMembership');
  }

  /** Not done. Throws ENOPROTOOPT. */
  dropSourceSpecificMembership(): never {
    throw udpError('ENOPROTOOPT', 'dropSourceSpecificMembership');
  }

  /** Bytes of datagrams that may wait to be read. */
  setRecvBufferSize(bytes: number): void {
    this.socket.queue.limit = bufferSize(bytes);
  }

  getRecvBufferSize(): number {
    return this.socket.queue.limit;
  }

  /** Kept and told only. */
  setSendBufferSize(bytes: number): void {
    this.sendBufferSize = bufferSize(bytes);
  }

  getSendBufferSize(): number {
    return this.sendBufferSize;
  }

  getSendQueueSize(): number {
    return this.sending.bytes;
  }

  getSendQueueCount(): number {
    return this.sending.count;
  }

  /** Datagrams that found no room in the buffer. */
  get overflowed(): number {
    return this.socket.queue.overflowed;
  }

  /** Lets datagrams leave by a circuit of its own while that is open, as `HostSocket.attach` does; null: by routes again. */
  attach(circuit: Circuit | null): this {
    this.socket.circuit = circuit;
    return this;
  }

  ref(): this {
    this.isReferenced = true;
    this.settleReference();
    return this;
  }

  unref(): this {
    this.isReferenced = false;
    this.settleReference();
    return this;
  }

  /** Hands on what has come. A listener that throws must not keep the rest from coming. */
  private deliver(): void {
    try {
      while (this.state === 'bound') {
        const datagram = this.socket.queue.shift();
        if (datagram === undefined) return;
        const { bytes, from, fromPort, interfaceIndex } = datagram;
        const zone = needsZone(from, 0, from.length)
          ? `%${this.host.service.interfaceName(interfaceIndex)}`
          : '';
        const info: RemoteInfo = {
          ...{
            address: addressText(from) + zone,
            family: familyText(from),
            port: fromPort,
            size: bytes.length,
          },
        };
        this.emit('message', Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length), info);
      }
    } finally {
      if (this.socket.queue.length > 0 && this.state === 'bound') this.host.driver.tell(() => this.deliver());
    }
  }

  private transmit(bytes: Buffer, to: UdpEnd, done: SendDone | undefined): void {
    this.sending.count++;
    this.sending.bytes += bytes.length;
    this.host.service.run(() => {
      const failure = this.host.service.send(this.socket, bytes, to);
      this.sending.count--;
      this.sending.bytes -= bytes.length;
      const error = failure === null ? null : this.errorOf(failure, 'send', to);
      this.host.driver.tell(() => this.finishSend(done, error, bytes.length));
    });
    this.host.driver.kick();
  }

  private finishSend(done: SendDone | undefined, error: Error | null, bytes: number): void {
    if (done) done(error, error === null ? bytes : 0);
    else if (error !== null && this.state !== 'closed') this.fail(error);
  }

  private ensureBound(): Error | null {
    return this.state === 'bound' ? null : this.take(null, 0);
  }

  private settleReference(): void {
    if (this.isReferenced && this.state === 'bound') this.host.driver.hold(this);
    else this.host.driver.letGo(this);
  }

  private take(found: Found | null, port: number): Error | null {
    if (this.state === 'closed') return stateError('ERR_SOCKET_DGRAM_NOT_RUNNING', 'the socket is closed');
    const { udp } = this.host.service;
    const address = found?.address ?? null;
    const isAny = address === null || address.every((byte) => byte === 0);
    const where = isAny ? null : address;
    const isOurs = where === null || isGroup(where, 0, where.length) || this.host.service.isLocal(where);
    if (!isOurs) return this.errorOf('EADDRNOTAVAIL', 'bind', { address: where, portNumber: port });
    if (!udp.bind(this.socket, where, port)) {
      const any = new Uint8Array(this.socket.addressLength);
      return this.errorOf('EADDRINUSE', 'bind', { address: where ?? any, portNumber: port });
    }
    this.state = 'bound';
    this.settleReference();
    this.host.driver.tell(() => {
      if (this.state === 'bound') this.emit('listening');
    });
    return null;
  }

  private join(found: Found | null, portNumber: number, text: string): Error | null {
    if (found === null) return this.errorOf('ENOTFOUND', 'connect');
    const { address } = found;
    const local = this.socket.address ?? this.host.service.sourceFor(address);
    if (local === null) return this.errorOf('ENETUNREACH', `connect ${text}`, { address, portNumber });
    this.host.service.udp.connect(this.socket, { ...found, portNumber }, local);
    return null;
  }

  /** Calls back, never at once, with the address that a text stands for; null: any. */
  private find(text: string, told: (error: Error | null, found: Found | null) => void): void {
    findEnd(text, { ...this.host, lookup: this.lookup, addressLength: this.socket.addressLength }, told);
  }

  private fail(error: Error): void {
    this.emit('error', error);
  }

  private checkOpen(): void {
    if (this.state === 'closed') throw stateError('ERR_SOCKET_DGRAM_NOT_RUNNING', 'the socket is closed');
  }

  private errorOf(code: string, syscall: string, at = this.socket.peer): Error {
    return udpError(code, syscall, at);
  }
}
