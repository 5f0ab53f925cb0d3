/** Numbers of <linux/capability.h>: a namespace, its link and addresses, a packet socket. */
const needed = { CAP_SYS_ADMIN: 21, CAP_NET_ADMIN: 12, CAP_NET_RAW: 13 } as const;

/** Names of the capabilities that the live demo needs and this process has not. `status`: text of /proc/self/status. */
export function missingCapabilities(status: string): string[] {
  const mask = BigInt(`0x${/^CapEff:\s*([0-9a-f]+)/m.exec(status)?.[1] ?? '0'}`);
  return Object.entries(needed)
    .filter(([, bit]) => ((mask >> BigInt(bit)) & 1n) === 0n)
    .map(([name]) => name);
}

/** `a, b and c` */
export function enumerate(names: readonly string[]): string {
  return names.length < 2
    ? names.join('')
    : `${names.slice(0, -1).join(', ')} and ${names[names.length - 1]}`;
}
