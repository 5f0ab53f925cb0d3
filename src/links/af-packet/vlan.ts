import type { Frame } from '../../contract/frame.js';
import { ETHERNET_HEADER } from '../../wire/ethernet.js';
import { insertVlanTag, VLAN_TAG } from '../../wire/vlan.js';

/** Puts the tag that the kernel took out (TPID << 16 | TCI, 0: none) back into the frame, and says that there was one. */
export function restoreVlanTag(frame: Frame, vlan: number): void {
  if (vlan === 0) return;
  frame.vlanPresent = 1;
  frame.vlanProtocol = vlan >>> 16;
  frame.vlanTag = vlan & 0xffff;
  if (frame.length < ETHERNET_HEADER || !frame.push(VLAN_TAG)) return;
  insertVlanTag(frame.bytes, frame.start + VLAN_TAG, frame.vlanProtocol, frame.vlanTag);
}
