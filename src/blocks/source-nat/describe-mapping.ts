import { writeU32 } from '../../wire/bytes.js';
import { formatIpv4, PROTOCOL_TCP, PROTOCOL_UDP } from '../../wire/ipv4.js';
import type { NatTable } from './nat-table.js';

/** `tcp 10.0.0.1:1234 > 192.0.2.1:1234`. */
export function describeMapping(table: NatTable, index: number): string {
  const protocol = table.protocol[index];
  const name = protocol === PROTOCOL_TCP ? 'tcp' : protocol === PROTOCOL_UDP ? 'udp' : 'icmp';
  const inside = `${dotted(table.insideAddress[index])}:${table.insidePort[index]}`;
  return `${name} ${inside} > ${dotted(table.outsideAddress[index])}:${table.outsidePort[index]}`;
}

function dotted(address: number): string {
  const bytes = new Uint8Array(4);
  writeU32(bytes, 0, address);
  return formatIpv4(bytes);
}
