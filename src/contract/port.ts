/**
 * Ports of a block. A port number says direction and index: ingress 0, 1, 2 … are 0, 2, 4 …,
 * egress 0, 1, 2 … are 1, 3, 5 …. A kind may declare one more group with a name of its own
 * (`tag` of the ethernet block); its ports follow the regular ones.
 */
export interface PortSpec {
  /** How many ingress ports there are. */
  readonly ingress: number;
  /** How many egress ports there are. */
  readonly egress: number;
  /** A further group, bound by name only and never as "next free". */
  readonly group?: { readonly name: string; readonly count: number };
}

/** Number of the first port of the named group; also the count of regular port numbers. */
export function groupBase(spec: PortSpec): number {
  return 2 * Math.max(spec.ingress, spec.egress);
}

/** Length of a port table for this spec. */
export function portCount(spec: PortSpec): number {
  return groupBase(spec) + (spec.group?.count ?? 0);
}

/** The name people write: `ingress`, `ingress3`, `egress`, `tag10`. */
export function portName(spec: PortSpec, port: number): string {
  const base = groupBase(spec);
  if (spec.group && port >= base) return `${spec.group.name}${port - base}`;
  const index = port >> 1;
  return (port & 1 ? 'egress' : 'ingress') + (index === 0 ? '' : index);
}

/** Number of a port by its name, or -1 when the kind has no such port. `ingress0` is `ingress`. */
export function portNumber(spec: PortSpec, name: string): number {
  const match = /^([a-z][a-z-]*?)(0|[1-9][0-9]{0,4})?$/.exec(name);
  if (!match) return -1;
  const index = Number(match[2] ?? 0);
  if (match[1] === 'ingress') return index < spec.ingress ? index * 2 : -1;
  if (match[1] === 'egress') return index < spec.egress ? index * 2 + 1 : -1;
  if (spec.group && match[1] === spec.group.name && match[2] !== undefined) {
    return index < spec.group.count ? groupBase(spec) + index : -1;
  }
  return -1;
}
