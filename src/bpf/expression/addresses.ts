/** Six bytes of an Ethernet address written with `:`, `-`, as three groups with `.` or as 12 digits; null for other text. */
export function parseMac(text: string): number[] | null {
  if (/^(?:[0-9a-f]{4}\.){2}[0-9a-f]{4}$|^[0-9a-f]{12}$/i.test(text)) {
    return Array.from(text.replaceAll('.', '').matchAll(/../g), ([pair]) => Number.parseInt(pair, 16));
  }
  if (!/^[0-9a-f]{1,2}(?:([:-])[0-9a-f]{1,2})(?:\1[0-9a-f]{1,2}){4}$/i.test(text)) return null;
  return text.split(/[:-]/).map((byte) => Number.parseInt(byte, 16));
}

/** Four 32-bit words of an IPv6 address (RFC 4291 §2.2, also with an IPv4 address at its end); null for other text. */
export function parseIpv6(text: string): number[] | null {
  const halves = text.split('::');
  if (text.length > 45 || halves.length > 2) return null;
  const [before, after] = halves.map(groups);
  if (before === null || after === null) return null;
  const missing = 8 - before.length - (after?.length ?? 0);
  if (after === undefined ? missing !== 0 : missing < 1) return null;
  const all = [...before, ...new Array<number>(missing).fill(0), ...(after ?? [])];
  return [0, 2, 4, 6].map((i) => ((all[i] << 16) | all[i + 1]) >>> 0);
}

/** 16-bit groups between colons. */
function groups(text: string): number[] | null {
  if (text === '') return [];
  const list: number[] = [];
  const pieces = text.split(':');
  for (const [index, piece] of pieces.entries()) {
    if (/^[0-9a-f]{1,4}$/i.test(piece)) {
      list.push(Number.parseInt(piece, 16));
      continue;
    }
    const bytes = piece.split('.').map(Number);
    const isIpv4 = /^[0-9]{1,3}(?:\.[0-9]{1,3}){3}$/.test(piece) && bytes.every((byte) => byte < 256);
    if (!isIpv4 || index !== pieces.length - 1) return null;
    list.push((bytes[0] << 8) | bytes[1], (bytes[2] << 8) | bytes[3]);
  }
  return list;
}

/** The 32-bit mask with so many leading ones (0 to 32). */
export function prefixMask(length: number): number {
  return length === 0 ? 0 : (0xffffffff << (32 - length)) >>> 0;
}

/** The masks of four words for an IPv6 prefix (0 to 128). */
export function prefixMasks(length: number): number[] {
  return [0, 32, 64, 96].map((from) => prefixMask(Math.min(32, Math.max(0, length - from))));
}
