import { ETHERNET_HEADER, ETHERNET_SOURCE, ETHERTYPE_MIN, formatMac, vlinkId } from '../ethernet.js';
import type { Stretch } from './layer.js';
import { formatOfType, hex8, hex16 } from './names.js';
import type { LayerWriter } from './writer.js';

/** Longest length of 802.3; what is above it and no type is neither. */
const LONGEST_802_3 = 1500;
const LLC_UNNUMBERED = 3;
const SNAP = 0xaa;
const SNAP_HEADER = 8;

/** IEEE 802.3-2018 clause 3. */
export function printEthernet(w: LayerWriter): Stretch | null {
  w.protocol = 'Ethernet';
  if (w.atHand < ETHERNET_HEADER) {
    w.takes(w.atHand);
    w.text = `short frame of ${w.atHand} bytes`;
    return null;
  }
  w.takes(ETHERNET_HEADER);
  w.mac('destination', 0);
  w.mac('source', 6);
  const type = (w.bytes[w.offset + 12] << 8) | w.bytes[w.offset + 13];
  if (type >= ETHERTYPE_MIN) {
    w.note('type', hex16(type), 12, 2);
    return w.next(formatOfType(type), type, ETHERNET_HEADER);
  }
  w.u16('length', 12);
  w.text = `802.3 ${endsOf(w)}`;
  const room = w.room - ETHERNET_HEADER;
  if (type > LONGEST_802_3) w.fault(`${type} is neither a length nor a type`, 12);
  else if (type > room) w.fault(`length of ${type}, ${room} there`, 12);
  const end = w.offset + ETHERNET_HEADER + Math.min(type, room);
  return w.next('llc', type, ETHERNET_HEADER, { end, held: Math.min(w.held, end) });
}

/** IEEE 802.2: service access points and control; SNAP (RFC 1042) behind them. */
export function printLlc(w: LayerWriter): Stretch | null {
  w.protocol = 'LLC';
  if (!w.needs(3, 'header')) {
    w.broken();
    return null;
  }
  const dsap = w.u8('dsap', 0);
  const ssap = w.u8('ssap', 1);
  const control = w.u8('control', 2);
  if (dsap === SNAP && ssap === SNAP && control === LLC_UNNUMBERED && w.atHand >= SNAP_HEADER) {
    w.protocol = 'LLC/SNAP';
    w.takes(SNAP_HEADER);
    const organisation = [3, 4, 5].map((i) => w.bytes[w.offset + i].toString(16).padStart(2, '0')).join('');
    w.note('organisation', organisation, 3, 3);
    const type = (w.bytes[w.offset + 6] << 8) | w.bytes[w.offset + 7];
    w.note('type', hex16(type), 6, 2);
    w.text = 'SNAP';
    if (organisation === '000000') return w.next(formatOfType(type), type, SNAP_HEADER);
    w.text = `SNAP ${organisation} ${hex16(type)} len ${w.room - SNAP_HEADER}`;
    return null;
  }
  // Unnumbered ones have one byte of control, the others two.
  const size = (control & LLC_UNNUMBERED) === LLC_UNNUMBERED ? 3 : 4;
  w.needs(size, 'header');
  w.takes(size);
  w.text = `LLC ${hex8(ssap)} > ${hex8(dsap)} len ${Math.max(0, w.room - size)}`;
  return null;
}

/** A type that no printer knows. */
export function printUnknownType(w: LayerWriter): null {
  const vlink = vlinkId(w.number);
  w.protocol = hex16(w.number);
  w.text = `${w.protocol}${vlink < 0 ? '' : ` vlink ${vlink}`} ${endsOf(w)} len ${w.room}`;
  return null;
}

/** Hardware addresses of the frame. */
function endsOf({ bytes }: LayerWriter): string {
  return `${formatMac(bytes, ETHERNET_SOURCE)} > ${formatMac(bytes)}`;
}
