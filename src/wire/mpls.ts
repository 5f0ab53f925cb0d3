/** MPLS label stack entries (RFC 3032 §2.1): label (20 bits), traffic class (3), bottom of stack (1), time to live (8). */

export const ETHERTYPE_MPLS = 0x8847;
/** One entry of the stack. */
export const MPLS_ENTRY = 4;

/** Masks of an entry's fields, in the entry as a 32-bit number. */
export const MPLS_LABEL_MASK = 0xfffff000;
export const MPLS_CLASS_MASK = 0x00000e00;
export const MPLS_BOTTOM_MASK = 0x00000100;
export const MPLS_TTL_MASK = 0x000000ff;
