import { networkInterfaces } from 'node:os';
import { parseInetAddress } from '../linux/inet-address.js';
import { NetDevices } from '../linux/netdev.js';
import type { TrafficSurroundings } from '../traffic/traffic.js';
import { parseIpv4 } from '../wire/ipv4.js';

/** Where the address is in a struct sockaddr_in6. */
const IPV6_AT = 8;

/** The addresses that a device of this thread's namespace has, for packets that leave theirs out. Throws QuipuError. */
export function surroundingsOf(device: string): Omit<TrafficSurroundings, 'random'> {
  const devices = new NetDevices();
  try {
    const mac = devices.hardware(device).address;
    const addresses = networkInterfaces()[device] ?? [];
    const first = (family: string) => addresses.find((address) => address.family === family)?.address;
    const ipv4 = parseIpv4(first('IPv4') ?? '');
    const ipv6 = parseInetAddress(`[${first('IPv6') ?? ''}]:0`)?.bytes.subarray(IPV6_AT, IPV6_AT + 16);
    return { mac, ...(ipv4 === null ? {} : { ipv4 }), ...(ipv6 === undefined ? {} : { ipv6 }) };
  } finally {
    devices.close();
  }
}
