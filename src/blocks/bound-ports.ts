/** Numbers of the bound ports of one direction (0 ingress, 1 egress), ascending, among the first `count` of it. */
export function boundPorts(ports: Int32Array, count: number, direction: 0 | 1): number[] {
  const bound: number[] = [];
  for (let port = direction; port < 2 * count; port += 2) if (ports[port] !== 0) bound.push(port);
  return bound;
}
