import { getDefaultAutoSelectFamilyAttemptTimeout, isIP, type Socket } from 'node:net';
import type { Connection, ConnectionUser } from '../../stack/tcp/connection.js';
import { abort } from '../../stack/tcp/operate.js';
import { type CallPlace, startCall } from './call.js';
import { netError } from './net-errors.js';
import type { TcpEnd } from './tcp-end.js';

/** Milliseconds between two tries at least, as `net` has it. */
const LEAST_DELAY = 10;

/** Where a race begins and ends, as `net.connect` takes it. */
export interface RaceOptions extends Omit<CallPlace, 'address'> {
  /** Milliseconds after which the next address is tried too; default as `net` has it (250). */
  readonly autoSelectFamilyAttemptTimeout?: number | undefined;
}

/**
 * Calls the addresses of a name one after the other: the next one when a call fails, and when there is no answer for a
 * while; the first to answer is the socket's, the others are given up (RFC 8305). Unlike `net`, which gives a call up before it
 * begins the next, it lets slow ones go on.
 */
export function race(socket: Socket, end: TcpEnd, addresses: readonly string[], options: RaceOptions): void {
  new Race(socket, end, addresses, options).next();
}

class Race {
  private readonly socket: Socket;
  private readonly end: TcpEnd;
  private readonly addresses: readonly string[];
  private readonly options: RaceOptions;
  private readonly delay: number;
  private readonly calls = new Set<Connection>();
  private readonly errors: Error[] = [];
  private readonly attempted: string[] = [];
  private timer: NodeJS.Timeout | undefined;
  private isOver = false;

  constructor(socket: Socket, end: TcpEnd, addresses: readonly string[], options: RaceOptions) {
    this.socket = socket;
    this.end = end;
    this.addresses = addresses;
    this.options = options;
    const delay = options.autoSelectFamilyAttemptTimeout ?? getDefaultAutoSelectFamilyAttemptTimeout();
    this.delay = Math.max(LEAST_DELAY, delay);
    Reflect.set(socket, 'autoSelectFamilyAttemptedAddresses', this.attempted);
    socket.once('close', () => this.stop());
  }

  /** Calls the next address, or gives up when there is none and nobody can answer any more. */
  next(): void {
    clearTimeout(this.timer);
    if (this.isOver || !this.socket.connecting) return;
    const address = this.addresses[this.attempted.length];
    if (address !== undefined) {
      this.call(address);
      if (this.attempted.length < this.addresses.length)
        this.timer = setTimeout(() => this.next(), this.delay);
    } else if (this.errors.length === this.addresses.length) {
      const [first] = this.errors;
      this.socket.destroy(
        Object.assign(new AggregateError(this.errors), { code: Reflect.get(first, 'code') }),
      );
    }
  }

  private call(address: string): void {
    const { end, options, socket } = this;
    const { port } = options;
    this.attempted.push(`${address}:${port}`);
    socket.emit('connectionAttempt', address, port, isIP(address));
    end.host.run(() => {
      if (this.isOver) return;
      const made = startCall(end.host, { ...options, address, circuit: end.circuit }, this.userAt(address));
      if (made instanceof Error) end.host.driver.tell(() => this.fail(address, made));
      else this.calls.add(made);
    });
  }

  /** Told while the engine runs. */
  private userAt(address: string): ConnectionUser {
    return {
      established: (connection) => {
        if (this.isOver) return;
        this.calls.delete(connection);
        this.stop();
        this.end.attach(connection);
        this.end.established();
      },
      closed: (connection, failure) => {
        if (!this.calls.delete(connection)) return;
        const at = { address, port: this.options.port };
        const error = netError(failure ?? 'ECONNRESET', 'connect', at);
        this.end.host.driver.tell(() => this.fail(address, error));
      },
      readable() {},
      ended() {},
      writable() {},
    };
  }

  private fail(address: string, error: Error): void {
    if (this.isOver) return;
    this.errors.push(error);
    this.socket.emit('connectionAttemptFailed', address, this.options.port, isIP(address), error);
    this.next();
  }

  /** Gives up the calls that have not been answered. */
  private stop(): void {
    if (this.isOver) return;
    this.isOver = true;
    clearTimeout(this.timer);
    const calls = [...this.calls];
    this.calls.clear();
    if (calls.length > 0) {
      this.end.host.run(() => {
        for (const call of calls) abort(call, null);
      });
    }
  }
}
