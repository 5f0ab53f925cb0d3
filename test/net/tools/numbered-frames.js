// Frames of the load tests: Ethernet, EtherType 0x88b5 (local experiments, IEEE 802) or IPv4/UDP, with a
// sequence number. What both ends of a test know.

export const TEST_TYPE = 0x88b5;
/**
 * Bytes before the sequence number: Ethernet; with IPv4 and UDP; with the tag of a virtual device.
 * @param {string} kind
 */
export function sequenceAt(kind) {
  return kind === 'udp' ? 42 : kind === 'tagged' ? 16 : 14;
}
/** EtherType of the virtual device 10 of a carrier (seed 004 §5.4.2). */
export const TAG_10 = 0xac0a;
/** First bytes behind the number, so that a stray frame is not taken for one of ours. */
export const MARK = 0x5155; // "QU"

/**
 * @param {string} kind raw, udp or tagged: raw frames with the tag of virtual device 10
 * @param {number} size bytes of a frame, 60 at least
 * @param {Uint8Array} destination MAC address
 * @returns {Uint8Array}
 */
export function template(kind, size, destination) {
  const frame = new Uint8Array(size);
  const view = new DataView(frame.buffer);
  frame.set(destination, 0);
  frame.set([0x02, 0x51, 0x55, 0x49, 0x50, 0x55], 6);
  if (kind === 'raw') {
    view.setUint16(12, TEST_TYPE);
    view.setUint16(18, MARK);
    return frame;
  }
  if (kind === 'tagged') {
    view.setUint16(12, TAG_10);
    view.setUint16(14, TEST_TYPE);
    view.setUint16(20, MARK);
    return frame;
  }
  view.setUint16(12, 0x0800);
  view.setUint16(14, 0x4500);
  view.setUint16(16, size - 14);
  view.setUint16(22, 0x4011); // TTL 64, UDP
  frame.set([10, 9, 0, 2, 10, 9, 0, 1], 26);
  let sum = 0;
  for (let at = 14; at < 34; at += 2) sum += view.getUint16(at);
  while (sum > 0xffff) sum = (sum & 0xffff) + (sum >>> 16);
  view.setUint16(24, ~sum & 0xffff);
  view.setUint16(34, 5000);
  view.setUint16(36, 5001);
  view.setUint16(38, size - 34); // UDP checksum 0: none
  view.setUint16(46, MARK);
  return frame;
}
