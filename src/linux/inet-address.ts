import { isIPv4, isIPv6 } from 'node:net';
import { libc } from './libc.js';

const AF_INET = 2;
const AF_INET6 = 10;

/** A socket address of either family as the kernel takes it. */
export interface InetAddress {
  readonly family: number;
  /** struct sockaddr_in or sockaddr_in6. */
  readonly bytes: Uint8Array;
}

/**
 * Reads `192.0.2.1:7000`, `[2001:db8::1]:7000` or `[fe80::1%eth0]:7000` (the zone is a device of
 * this thread's namespace, or its index). Null when the text is none of these. Names are not looked up.
 */
export function parseInetAddress(text: string): InetAddress | null {
  const match = /^(?:\[([^\]]+)\]|([^:]+)):([0-9]{1,5})$/.exec(text);
  if (!match) return null;
  const portNumber = Number(match[3]);
  if (portNumber > 65535) return null;
  if (match[2] !== undefined) return isIPv4(match[2]) ? version4(match[2], portNumber) : null;
  const [host, zone] = match[1].split('%', 2);
  if (!isIPv6(host)) return null;
  const scope = zone === undefined ? 0 : /^[0-9]+$/.test(zone) ? Number(zone) : libc().ifNameToIndex(zone);
  if (zone !== undefined && scope === 0) return null;
  return version6(host, portNumber, scope);
}

function version4(host: string, portNumber: number): InetAddress {
  const bytes = Buffer.from(new ArrayBuffer(16));
  bytes.writeUInt16LE(AF_INET, 0);
  bytes.writeUInt16BE(portNumber, 2);
  bytes.set(host.split('.').map(Number), 4);
  return { family: AF_INET, bytes };
}

function version6(host: string, portNumber: number, scope: number): InetAddress {
  const bytes = Buffer.from(new ArrayBuffer(28));
  bytes.writeUInt16LE(AF_INET6, 0);
  bytes.writeUInt16BE(portNumber, 2);
  for (const [i, group] of groups(host).entries()) bytes.writeUInt16BE(group, 8 + 2 * i);
  bytes.writeUInt32LE(scope, 24);
  return { family: AF_INET6, bytes };
}

/** The eight groups of a valid IPv6 address (RFC 4291 §2.2), `::` and a dotted tail expanded. */
function groups(host: string): number[] {
  const [head, tail] = host.split('::', 2);
  const front = half(head);
  if (tail === undefined) return front;
  const back = half(tail);
  return [...front, ...new Array<number>(8 - front.length - back.length).fill(0), ...back];
}

function half(text: string): number[] {
  if (text === '') return [];
  return text.split(':').flatMap((part) => {
    if (!part.includes('.')) return [Number.parseInt(part, 16)];
    const [a, b, c, d] = part.split('.').map(Number);
    return [a * 256 + b, c * 256 + d];
  });
}
