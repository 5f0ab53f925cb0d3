const ROW = 16;
const GROUP = 2;

/** Bytes in hex, sixteen a line: place, hex, text with dots for what is not printable. Not more than `most` bytes. */
export function hexLines(bytes: Uint8Array, most = 65_536): string {
  let text = '';
  const shown = Math.min(bytes.length, most);
  for (let at = 0; at < shown; at += ROW) text += rowOf(bytes.subarray(at, Math.min(at + ROW, shown)), at);
  return shown < bytes.length ? `${text}  ... ${bytes.length - shown} bytes more\n` : text;
}

function rowOf(row: Uint8Array, at: number): string {
  let hex = '';
  let plain = '';
  row.forEach((byte, i) => {
    hex += `${i > 0 && i % GROUP === 0 ? ' ' : ''}${byte.toString(16).padStart(2, '0')}`;
    plain += byte >= 0x20 && byte < 0x7f ? String.fromCharCode(byte) : '.';
  });
  const width = ROW * 2 + ROW / GROUP - 1;
  return `  0x${at.toString(16).padStart(4, '0')}  ${hex.padEnd(width)}  ${plain}\n`;
}
