// Bits of a received packet's tp_status (linux/if_packet.h).

/** The packet did not fit into its slot and waits as a whole at the socket too. */
export const TP_STATUS_COPY = 0x2;
const TP_STATUS_VLAN_VALID = 0x10;
const TP_STATUS_VLAN_TPID_VALID = 0x40;
const DEFAULT_TPID = 0x8100;

/** The VLAN tag that the kernel took out of a packet, as TPID << 16 | TCI (unsigned); 0 when there was none. */
export function vlanOf(status: number, tci: number, tpid: number): number {
  if ((status & TP_STATUS_VLAN_VALID) === 0) return 0;
  return (((status & TP_STATUS_VLAN_TPID_VALID ? tpid : DEFAULT_TPID) << 16) | tci) >>> 0;
}
