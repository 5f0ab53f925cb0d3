/** Numbers of the pcapng format (draft-ietf-opsawg-pcapng). */
export const BlockType = {
  section: 0x0a0d0d0a,
  interfaceDescription: 1,
  /** Obsolete Packet Block. */
  packet: 2,
  simplePacket: 3,
  enhancedPacket: 6,
} as const;

export const BYTE_ORDER_MAGIC = 0x1a2b3c4d;
/** Type and the two lengths around every block. */
export const BLOCK_FRAME = 12;

export const OPTION_END = 0;
export const OPTION_COMMENT = 1;
export const InterfaceOption = { name: 2, resolution: 9, offset: 14 } as const;
export const PacketOption = { flags: 2, dropCount: 4 } as const;
export const SECTION_APPLICATION = 4;

/** Option values and packets are padded to 32 bits. */
export function padded(length: number): number {
  return (length + 3) & ~3;
}
