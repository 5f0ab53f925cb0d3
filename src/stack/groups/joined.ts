import type { HostInterface } from '../interface.js';

/** Scope of a group of IPv6 that no link ever carries (RFC 4291 §2.7): the interface's own. */
const INTERFACE_SCOPE = 1;

/** One more member of a group on an interface. True: there is something to be told of it. */
export function joinGroup(at: HostInterface, group: Uint8Array, now: number): boolean {
  const members = at.groups.get(group) ?? 0;
  at.groups.set(group, members + 1);
  if (members > 0 || !at.reportsGroups || !isReported(group)) return false;
  at.reporter(group.length).join(group, now);
  return true;
}

/** One member less. True: there is something to be told of it. */
export function leaveGroup(at: HostInterface, group: Uint8Array, now: number): boolean {
  const members = at.groups.get(group) ?? 0;
  if (members > 1) at.groups.set(group, members - 1);
  if (members !== 1) return false;
  at.groups.delete(group);
  if (!at.reportsGroups || !isReported(group)) return false;
  at.reporter(group.length).leave(group, now);
  return true;
}

/**
 * True for groups of which routers and switches are told: not those to which all hosts belong (RFC 3376 §5, RFC 3810 §6), and none
 * that do not leave the host.
 */
function isReported(group: Uint8Array): boolean {
  if (group.length === 4) return !(group[0] === 224 && group[1] === 0 && group[2] === 0 && group[3] === 1);
  if ((group[1] & 0x0f) <= INTERFACE_SCOPE) return false;
  const isAllNodes =
    group[1] === 2 && group[15] === 1 && group.every((byte, i) => i < 2 || i > 14 || byte === 0);
  return !isAllNodes;
}
