/** How the language knows a header: its fields, what it writes by itself, and what it stands on. */
export interface HeaderShape {
  readonly names: readonly string[];
  /** 2 link, 3 network, 4 transport, 7 application. A header stands on the last one if that is not of a higher layer than needed. */
  readonly layer: 2 | 3 | 4 | 7;
  /** Bytes. */
  readonly length: number;
  /** What it stands on when nothing fit stands there: added without being written. */
  readonly below?: 'eth' | 'ipv4' | 'ipv6' | 'udp';
  readonly fields: readonly HeaderField[];
  /** Words that set fields by themselves, as `reply` in `arp(reply)`. */
  readonly words?: Readonly<Record<string, readonly FieldValue[]>>;
  /** What fields hold unless they are set. */
  readonly defaults?: readonly (FieldValue | DeviceValue)[];
  /**
   * How it says what follows, by the other header's first name. `always` goes over what was set. A header that
   * follows but is not listed is a fault; without `next` anything may follow and nothing is said.
   */
  readonly next?: {
    readonly field: string;
    readonly always?: boolean;
    readonly values: Readonly<Record<string, number>>;
    /** Others may follow, unsaid. */
    readonly open?: boolean;
  };
}

export interface HeaderField {
  /** The first one is what the tables call it. */
  readonly names: readonly string[];
  /** From the header's first byte. */
  readonly at: number;
  readonly width: 1 | 2 | 4 | 6 | 16;
  /** Bits of a field that shares its bytes with others. */
  readonly mask?: number;
  /** The name alone sets it to 1. */
  readonly flag?: boolean;
  /** Words that are numbers of this field. */
  readonly words?: Readonly<Record<string, number>>;
  /** Not for configurations. */
  readonly hidden?: boolean;
}

export interface FieldValue {
  readonly field: string;
  readonly value: number;
}

/** A default that comes from the device; zeros when it has none. */
export interface DeviceValue {
  readonly field: string;
  readonly device: 'mac' | 'ipv4' | 'ipv6';
}

/** How many bits up the lowest bit of a mask stands. */
export function shiftOf(mask: number): number {
  return 31 - Math.clz32(mask & -mask);
}

/** The mask of a field: all bits of its bytes unless it has one. */
export function maskOf(field: HeaderField): number {
  if (field.mask !== undefined) return field.mask;
  return field.width === 1 ? 0xff : field.width === 2 ? 0xffff : 0xffffffff;
}

/** Bytes of a field that an index picks; undefined: all. */
export interface FieldPart {
  readonly index: number;
  readonly length: 1 | 2 | 4;
}

/** The bytes of a part as a field of their own. */
export function partField(field: HeaderField, part: FieldPart): HeaderField {
  return { names: field.names, at: field.at + part.index, width: part.length };
}
