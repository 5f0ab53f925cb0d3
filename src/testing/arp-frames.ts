import { emitArp } from '../wire/arp.js';
import { emitEthernet, parseMac } from '../wire/ethernet.js';
import { parseIpv4 } from '../wire/ipv4.js';
import { hexOf } from './frames.js';

export interface ArpOptions {
  /** 1: request, 2: reply. */
  readonly operation?: number;
  readonly senderMac?: string;
  readonly senderIp?: string;
  readonly targetMac?: string;
  readonly targetIp?: string;
  readonly to?: string;
}

/** An Ethernet frame with an ARP packet, without padding: 10.0.0.2 asks for 10.0.0.1 unless told otherwise. */
export function arpFrame(options: ArpOptions = {}): Uint8Array {
  const { operation = 1, senderMac = '02:00:00:00:00:0b', senderIp = '10.0.0.2' } = options;
  const { targetMac = '00:00:00:00:00:00', targetIp = '10.0.0.1', to = 'ff:ff:ff:ff:ff:ff' } = options;
  const frame = new Uint8Array(42);
  emitEthernet(frame, 0, parseMac(to)!, parseMac(senderMac)!, 0x0806);
  emitArp(
    frame,
    14,
    operation,
    parseMac(senderMac)!,
    parseIpv4(senderIp)!,
    parseMac(targetMac)!,
    parseIpv4(targetIp)!,
  );
  return frame;
}

/** Both addresses of the Ethernet header and what the ARP packet says, or the frame as hex when it is none. */
export function describeArp(frame: Uint8Array): string {
  const mac = (at: number) => hexOf(frame.subarray(at, at + 6)).replace(/(..)(?=.)/g, '$1:');
  const ip = (at: number) => frame.subarray(at, at + 4).join('.');
  if (frame[12] !== 8 || frame[13] !== 6) return hexOf(frame);
  const what = frame[21] === 1 ? 'asks for' : 'tells';
  return `${mac(6)} > ${mac(0)}: ${ip(28)} at ${mac(22)} ${what} ${ip(38)} at ${mac(32)}`;
}
