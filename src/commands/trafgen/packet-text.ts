const BYTES_OF_A_LINE = 16;

/** A packet as a hex dump that text2pcap(1) reads, with an empty line behind it. */
export function hexText(bytes: Uint8Array): string {
  return `${linesOf(bytes, (offset, line) => `${hex(offset, 6)}  ${line.map((byte) => hex(byte, 2)).join(' ')}`)}\n`;
}

/** A packet in the packet language, all its bytes as they are. `remark` goes in front of it. */
export function packetText(bytes: Uint8Array, remark: string): string {
  const lines = linesOf(bytes, (_, line) => `  ${line.map((byte) => `0x${hex(byte, 2)},`).join(' ')}`);
  return `# ${remark}\n{\n${lines}}\n`;
}

function linesOf(bytes: Uint8Array, line: (offset: number, bytes: number[]) => string): string {
  let text = '';
  for (let at = 0; at < bytes.length; at += BYTES_OF_A_LINE) {
    text += `${line(at, [...bytes.subarray(at, at + BYTES_OF_A_LINE)])}\n`;
  }
  return text;
}

function hex(value: number, digits: number): string {
  return value.toString(16).padStart(digits, '0');
}
