/**
 * The place of a link among those that several engines open to one device, each with a socket of its own. All are
 * members of one group, which the kernel deals frames out to.
 */
export interface FanoutSeat {
  /** The group to join; null: make one. */
  readonly join: number | null;
  /** Told the number of the group that was made. */
  made(group: number): void;
}
