import { EventEmitter } from 'node:events';
import type { Circuit } from '../../contract/circuit.js';
import { type UdpEnd, UdpSocket } from '../../stack/udp/socket.js';
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
import { bindTo, connectTo, remoteInfo, type SocketAddress, socketAddress } from './udp-ends.js';
import { stateError, udpError } from './udp-errors.js';
import { type Found, findEnd } from './udp-find.js';
import { interfaceOf, joinGroup, leaveAllGroups, leaveGroup } from './udp-groups.js';
import type { UdpSocketHost, UdpSocketOptions } from './udp-options.js';

/** Bytes: Linux's wmem_default. */
const SEND_BUFFER = 212_992;

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
  private state: 'new' | 'binding' | 'bound' | 'closed' = 'new';
  /** Who waits until `bind` has found where, told why it could not. */
  private early: ((failure: Error | null) => void)[] = [];
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
    if (this.state !== 'new') throw stateError('ERR_SOCKET_ALREADY_BOUND', 'the socket is bound already');
    const [first, second] = rest;
    const options = typeof first === 'object' && first !== null ? (first as Record<string, unknown>) : null;
    const port = portOf((options ? options.port : first) ?? 0, 0);
    const address = (options ? options.address : second) ?? undefined;
    if (address !== undefined && typeof address !== 'string') throw argumentError('an address is a string');
    if (done) this.once('listening', done);
    this.state = 'binding';
    this.find(address ?? '', (error, found) => {
      if (this.state !== 'binding') return; // closed meanwhile
      this.state = 'new';
      const failure = error ?? this.take(found, port);
      for (const then of this.early.splice(0)) then(failure);
      if (failure !== null) this.fail(failure);
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
    this.whenBound((failure) => {
      const { peer } = this.socket;
      if (failure !== null) this.finishSend(done, failure, 0);
      else if (connected && peer !== null) this.transmit(bytes, peer, done);
      else
        this.find(address ?? 'localhost', (error, found) => {
          if (error !== null || found === null)
            this.finishSend(done, error ?? this.errorOf('ENOTFOUND', 'send'), 0);
          else this.transmit(bytes, { ...found, portNumber: Number(port) }, done);
        });
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
      this.whenBound((unbound) => {
        if (this.link !== 'connecting' || this.state === 'closed') return;
        const failure =
          error ?? unbound ?? connectTo(this.host.service, this.socket, found, portNumber, address);
        this.link = failure === null ? 'connected' : 'none';
        if (failure === null) {
          if (done) this.once('connect', done);
          this.emit('connect');
        } else if (done) done(failure);
        else this.fail(failure);
      });
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
    const { service, driver } = this.host;
    // Behind what was sent before: it still leaves from its port.
    driver.tell(() => {
      for (const then of this.early.splice(0)) then(notRunning());
      service.run(() => {
        leaveAllGroups(service, this.socket);
        if (this.socket.portNumber !== 0) service.udp.unbind(this.socket);
        driver.tell(() => this.emit('close'));
      });
      driver.kick();
    });
    return this;
  }

  /** Where it is bound. Throws EBADF: nowhere. */
  address(): SocketAddress {
    this.checkOpen();
    const { address, localToPeer, addressLength, portNumber } = this.socket;
    if (portNumber === 0) throw stateError('EBADF', 'the socket is not bound');
    return socketAddress(address ?? localToPeer ?? new Uint8Array(addressLength), portNumber);
  }

  /** The peer that it is connected to. Throws ERR_SOCKET_DGRAM_NOT_CONNECTED. */
  remoteAddress(): SocketAddress {
    const { peer } = this.socket;
    if (peer === null) throw stateError('ERR_SOCKET_DGRAM_NOT_CONNECTED', 'the socket is not connected');
    return socketAddress(peer.address, peer.portNumber);
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
    const failure = this.state === 'new' ? this.take(null, 0) : null;
    if (failure !== null) throw failure;
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
        const { bytes } = datagram;
        const message = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
        this.emit('message', message, remoteInfo(this.host.service, datagram));
      }
    } finally {
      if (this.socket.queue.length > 0 && this.state === 'bound') this.host.driver.tell(() => this.deliver());
    }
  }

  private transmit(bytes: Buffer, to: UdpEnd, done: SendDone | undefined): void {
    this.sending.count++;
    this.sending.bytes += bytes.length;
    const { service, driver } = this.host;
    service.run(() => {
      // A name may have been looked up for longer than the socket was open.
      const isBound = this.socket.portNumber !== 0;
      const failure = isBound ? service.send(this.socket, bytes, to) : null;
      this.sending.count--;
      this.sending.bytes -= bytes.length;
      const why = failure === null ? null : this.errorOf(failure, 'send', to);
      driver.tell(() => this.finishSend(done, isBound ? why : notRunning(), bytes.length));
    });
    driver.kick();
  }

  private finishSend(done: SendDone | undefined, error: Error | null, bytes: number): void {
    if (done) done(error, error === null ? bytes : 0);
    else if (error !== null && this.state !== 'closed') this.fail(error);
  }

  /** Calls once the socket is bound, to any port number if nobody has asked for one, or says why it is not. */
  private whenBound(then: (failure: Error | null) => void): void {
    if (this.state === 'binding') this.early.push(then);
    else then(this.state === 'bound' ? null : this.take(null, 0));
  }

  private settleReference(): void {
    if (this.isReferenced && this.state === 'bound') this.host.driver.hold(this);
    else this.host.driver.letGo(this);
  }

  private take(found: Found | null, port: number): Error | null {
    if (this.state === 'closed') return notRunning();
    const failure = bindTo(this.host.service, this.socket, found, port);
    if (failure !== null) return failure;
    this.state = 'bound';
    this.settleReference();
    this.host.driver.tell(() => {
      if (this.state === 'bound') this.emit('listening');
    });
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
    if (this.state === 'closed') throw notRunning();
  }

  private errorOf(code: string, syscall: string, at = this.socket.peer): Error {
    return udpError(code, syscall, at);
  }
}

function notRunning(): Error {
  return stateError('ERR_SOCKET_DGRAM_NOT_RUNNING', 'the socket is closed');
}
