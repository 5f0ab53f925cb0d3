/** An interface of a section, as its description block declares it. */
export interface PcapngInterface {
  readonly linkType: number;
  /** Longest packet captured, 0 for no limit. */
  readonly snapLength: number;
  readonly name: string;
  /** Clock ticks per second. */
  readonly ticksPerSecond: bigint;
  /** Seconds to add to every timestamp. */
  readonly offsetSeconds: number;
}

const MICROSECONDS = 1_000_000n;

/** Ticks per second from the byte of if_tsresol: 10^-n, or 2^-n with the top bit set. */
export function ticksPerSecond(resolution: number): bigint {
  const exponent = BigInt(resolution & 0x7f);
  return resolution & 0x80 ? 2n ** exponent : 10n ** exponent;
}

/** Microseconds since the epoch of a timestamp's two halves, rounded down. */
export function toMicroseconds(from: PcapngInterface, high: number, low: number): number {
  const ticks =
    from.ticksPerSecond === MICROSECONDS
      ? high * 0x1_0000_0000 + low // exact until the year 2255
      : Number((((BigInt(high) << 32n) | BigInt(low)) * MICROSECONDS) / from.ticksPerSecond);
  return ticks + from.offsetSeconds * 1e6;
}
