import koffi from 'koffi';
import type { Program } from '../../../src/bpf/opcodes.js';

const libc = koffi.load('libc.so.6');
const socketpair = libc.func('int socketpair(int domain, int type, int protocol, _Out_ int *pair)');
const socket = libc.func('int socket(int domain, int type, int protocol)');
const bindTo = libc.func('int bind(int fd, const void *address, uint length)');
const setsockopt = libc.func('int setsockopt(int fd, int level, int name, const void *value, uint length)');
const send = libc.func('intptr_t send(int fd, const void *data, size_t length, int flags)');
const recv = libc.func('intptr_t recv(int fd, _Out_ void *data, size_t length, int flags)');
const closeFd = libc.func('int close(int fd)');
const unshare = libc.func('int unshare(int flags)');
const setns = libc.func('int setns(int fd, int type)');
const open = libc.func('int open(const char *path, int flags)');

const AF_UNIX = 1;
const AF_PACKET = 17;
const SOCK_DGRAM = 2;
const SOCK_RAW = 3;
const SOL_SOCKET = 1;
const SO_ATTACH_FILTER = 26;
const SO_DETACH_FILTER = 27;
const MSG_DONTWAIT = 0x40;
const CLONE_NEWNET = 0x40000000;
const EAGAIN = 11;
const EINVAL = 22;
const ETH_P_ALL = 3;

// Their addresses are handed to the kernel, so they must live as long as the module.
const instructions = Buffer.alloc(8 * 5000);
const header = Buffer.alloc(16);
header.writeBigUInt64LE(BigInt(koffi.address(instructions)), 8);
const received = Buffer.alloc(65536);

/** Attaches a filter; true when the kernel takes it, false for EINVAL; throws on anything else. */
export function attachFilter(fd: number, program: Program): boolean {
  program.forEach(({ code, jt, jf, k }, index) => {
    instructions.writeUInt16LE(code, index * 8);
    instructions.writeUInt8(jt, index * 8 + 2);
    instructions.writeUInt8(jf, index * 8 + 3);
    instructions.writeUInt32LE(k, index * 8 + 4);
  });
  // The kernel charges old and new filter to the socket at once, and long ones then fail with ENOMEM.
  setsockopt(fd, SOL_SOCKET, SO_DETACH_FILTER, header, 16);
  header.writeUInt16LE(program.length, 0);
  if (setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, header, 16) === 0) return true;
  const error = koffi.errno();
  if (error !== EINVAL) throw new Error(`SO_ATTACH_FILTER: errno ${error}`);
  return false;
}

/** Two datagram sockets in one process: what one sends, the other's filter judges at once. */
export function datagramPair(): [number, number] {
  const pair = [0, 0];
  check(socketpair(AF_UNIX, SOCK_DGRAM, 0, pair), 'socketpair');
  return [pair[0], pair[1]];
}

/** A packet socket that receives everything from, and sends to, one interface. */
export function packetSocket(interfaceIndex: number): number {
  const fd: number = socket(AF_PACKET, SOCK_RAW, 0);
  check(fd, 'socket');
  const address = Buffer.alloc(20);
  address.writeUInt16LE(AF_PACKET, 0);
  address.writeUInt16BE(ETH_P_ALL, 2);
  address.writeInt32LE(interfaceIndex, 4);
  check(bindTo(fd, address, 20), 'bind');
  return fd;
}

export function sendTo(fd: number, bytes: Uint8Array): void {
  check(send(fd, bytes, bytes.length, 0), 'send');
}

/** Length of the next datagram as the filter left it; 0 when none waits. */
export function receivedLength(fd: number): number {
  const length: number = recv(fd, received, received.length, MSG_DONTWAIT);
  if (length >= 0) return length;
  const error = koffi.errno();
  if (error !== EAGAIN) throw new Error(`recv: errno ${error}`);
  return 0;
}

export function close(fd: number): void {
  closeFd(fd);
}

/** Runs work on this thread inside a new, nameless network namespace, which vanishes with its last socket. */
export function inPrivateNamespace<T>(work: () => T): T {
  const home: number = open('/proc/thread-self/ns/net', 0);
  check(home, 'open namespace');
  try {
    check(unshare(CLONE_NEWNET), 'unshare');
    return work();
  } finally {
    check(setns(home, CLONE_NEWNET), 'setns');
    closeFd(home);
  }
}

function check(result: number, call: string): void {
  if (result < 0) throw new Error(`${call}: errno ${koffi.errno()}`);
}
