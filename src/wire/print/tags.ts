import { readU16, readU32 } from '../bytes.js';
import { OPCODE_PAUSE, OPCODE_PFC, PAUSE_LENGTH, PFC_LENGTH, PFC_PRIORITIES } from '../mac-control.js';
import { MPLS_BOTTOM_MASK, MPLS_CLASS_MASK, MPLS_ENTRY, MPLS_TTL_MASK } from '../mpls.js';
import { VLAN_TAG, vlanId, vlanPriority } from '../vlan.js';
import type { Stretch } from './layer.js';
import { formatOfType, hex16 } from './names.js';
import type { LayerWriter } from './writer.js';

const MOST_LABELS = 16;

/** IEEE 802.1Q-2018 §9.3; the layer begins behind the tag's own type. */
export function printVlan(w: LayerWriter): Stretch | null {
  w.protocol = 'VLAN';
  if (w.atHand < VLAN_TAG) {
    w.takes(w.atHand);
    w.text = 'short VLAN tag';
    return null;
  }
  w.takes(VLAN_TAG);
  const tci = readU16(w.bytes, w.offset);
  w.note('priority', vlanPriority(tci), 0, 1);
  w.note('drop eligible', (tci >>> 12) & 1, 0, 1);
  w.note('id', vlanId(tci), 0, 2);
  const type = readU16(w.bytes, w.offset + 2);
  w.note('type', hex16(type), 2, 2);
  w.text = `VLAN ${vlanId(tci)}`;
  return w.next(formatOfType(type), type, VLAN_TAG);
}

/** The label stack of RFC 3032 §2.1. What is behind it is IP when it looks so. */
export function printMpls(w: LayerWriter): Stretch | null {
  w.protocol = 'MPLS';
  const labels: number[] = [];
  for (let at = 0; labels.length < MOST_LABELS; at += MPLS_ENTRY) {
    if (!w.needs(at + MPLS_ENTRY, 'label stack')) break;
    const entry = readU32(w.bytes, w.offset + at);
    labels.push(entry >>> 12);
    w.takes(at + MPLS_ENTRY);
    w.note('label', entry >>> 12, at, 3);
    w.note('traffic class', (entry & MPLS_CLASS_MASK) >>> 9, at + 2, 1);
    w.note('bottom', (entry & MPLS_BOTTOM_MASK) >>> 8, at + 2, 1);
    w.note('ttl', entry & MPLS_TTL_MASK, at + 3, 1);
    if ((entry & MPLS_BOTTOM_MASK) === 0) continue;
    w.text = `MPLS ${labels.join('/')}`;
    const version = w.bytes[w.offset + w.length] >>> 4;
    if (w.atHand > w.length && version === 4) return w.next('ipv4', 0, w.length);
    if (w.atHand > w.length && version === 6) return w.next('ipv6', 0, w.length);
    w.text += ` len ${w.room - w.length}`;
    return null;
  }
  w.text = `MPLS ${labels.join('/')} without a bottom len ${w.room - w.length}`;
  return null;
}

/** PAUSE and priority-based flow control (IEEE 802.3-2018 annexes 31B, 31D). */
export function printMacControl(w: LayerWriter): null {
  w.protocol = 'MAC control';
  if (!w.needs(2, 'opcode')) {
    w.broken();
    return null;
  }
  const opcode = readU16(w.bytes, w.offset);
  w.note('opcode', hex16(opcode), 0, 2);
  const size = opcode === OPCODE_PAUSE ? PAUSE_LENGTH : opcode === OPCODE_PFC ? PFC_LENGTH : 2;
  if (!w.needs(size, 'message')) {
    w.broken();
    return null;
  }
  w.takes(size);
  if (opcode === OPCODE_PAUSE) w.text = `PAUSE ${w.u16('quanta', 2)}`;
  else if (opcode === OPCODE_PFC) {
    const enabled = w.u16('classes', 2);
    const times: string[] = [];
    for (let i = 0; i < PFC_PRIORITIES; i++) {
      const quanta = w.u16(`quanta of ${i}`, 4 + 2 * i);
      if (enabled & (1 << i)) times.push(`${i}:${quanta}`);
    }
    w.text = `PFC ${times.length > 0 ? times.join(' ') : '-'}`;
  } else w.text = `MAC control ${hex16(opcode)} len ${w.room - 2}`;
  return null;
}
