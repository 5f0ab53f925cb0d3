import {
  ARP_LENGTH,
  ARP_REPLY,
  ARP_REQUEST,
  ARP_SENDER_IP,
  ARP_SENDER_MAC,
  ARP_TARGET_IP,
  ARP_TARGET_MAC,
  arpOperation,
  isArp,
} from '../arp.js';
import { readU16 } from '../bytes.js';
import { hex16 } from './names.js';
import type { LayerWriter } from './writer.js';

const FIXED = 8;

/** RFC 826; addresses only where they are those of IPv4 and Ethernet. */
export function printArp(w: LayerWriter): null {
  w.protocol = 'ARP';
  if (!w.needs(FIXED, 'header')) {
    w.broken();
    return null;
  }
  const hardware = w.u16('hardware type', 0);
  const type = readU16(w.bytes, w.offset + 2);
  w.note('protocol type', hex16(type), 2, 2);
  const size = FIXED + 2 * (w.u8('hardware length', 4) + w.u8('protocol length', 5));
  const operation = w.u16('operation', 6);
  w.takes(size);
  if (!w.needs(size, 'message')) {
    w.broken();
    return null;
  }
  if (size !== ARP_LENGTH || !isArp(w.bytes, w.offset, w.atHand)) {
    w.text = `ARP hardware ${hardware} protocol ${hex16(type)} operation ${arpOperation(w.bytes, w.offset)}`;
    return null;
  }
  const senderMac = w.mac('sender mac', ARP_SENDER_MAC);
  const sender = w.address4('sender ip', ARP_SENDER_IP);
  w.mac('target mac', ARP_TARGET_MAC);
  const target = w.address4('target ip', ARP_TARGET_IP);
  if (operation === ARP_REQUEST) w.text = `ARP who-has ${target} tell ${sender}`;
  else if (operation === ARP_REPLY) w.text = `ARP ${sender} is-at ${senderMac}`;
  else w.text = `ARP operation ${operation} from ${sender}`;
  return null;
}
