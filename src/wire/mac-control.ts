/** MAC Control frames: PAUSE (IEEE 802.3-2018 annex 31B) and priority-based flow control (annex 31D). */

export const ETHERTYPE_MAC_CONTROL = 0x8808;
/** Where both are sent to: the bridges' neighbours only. */
export const MAC_CONTROL_DESTINATION: readonly number[] = [0x01, 0x80, 0xc2, 0x00, 0x00, 0x01];

/** Opcodes, the first two bytes behind the Ethernet header. */
export const OPCODE_PAUSE = 0x0001;
export const OPCODE_PFC = 0x0101;

/** Opcode and pause time, in quanta of 512 bit times. */
export const PAUSE_LENGTH = 4;
/** Opcode, class-enable vector and the pause times of eight priorities. */
export const PFC_LENGTH = 20;
export const PFC_PRIORITIES = 8;
