/**
 * What a filter expression says, before it is about bytes. `tags` counts the VLAN tags that `vlan` has put before
 * a part: as in pcap-filter(7), it moves everything that is written behind it by four bytes.
 */
export type Expression = Logical | Negation | Primitive;

export interface Logical {
  readonly kind: 'and' | 'or';
  readonly parts: readonly Expression[];
}

export interface Negation {
  readonly kind: 'not';
  readonly part: Expression;
}

export type Primitive =
  | { readonly kind: 'ether-type'; readonly value: number; readonly tags: number }
  | { readonly kind: 'ip-protocol'; readonly family: Family; readonly value: number; readonly tags: number }
  | {
      readonly kind: 'network';
      readonly family: HostFamily;
      readonly direction: Direction;
      readonly network: Network;
      readonly tags: number;
    }
  | { readonly kind: 'ether-host'; readonly direction: Direction; readonly address: readonly number[] }
  | {
      readonly kind: 'port';
      readonly transport: Transport;
      readonly direction: Direction;
      readonly low: number;
      readonly high: number;
      readonly tags: number;
    }
  | { readonly kind: 'ether-multicast' }
  | { readonly kind: 'ip-broadcast'; readonly tags: number }
  | { readonly kind: 'ip-multicast'; readonly family: 'ip' | 'ip6'; readonly tags: number }
  | { readonly kind: 'vlan'; readonly id: number | null; readonly tags: number }
  | Relation;

export interface Relation {
  readonly kind: 'relation';
  readonly left: Arithmetic;
  readonly operator: '=' | '!=' | '>' | '>=' | '<' | '<=';
  readonly right: Arithmetic;
}

export type Arithmetic =
  | { readonly kind: 'number'; readonly value: number }
  | { readonly kind: 'length' }
  | Access
  | { readonly kind: 'negative'; readonly operand: Arithmetic }
  | {
      readonly kind: 'operation';
      readonly operator: Operator;
      readonly left: Arithmetic;
      readonly right: Arithmetic;
      readonly at: number;
    };

/** Bytes of a header: `tcp[13]`, `ip[6:2]`. */
export interface Access {
  readonly kind: 'access';
  /** A name of `PROTOCOLS`. */
  readonly protocol: string;
  readonly index: Arithmetic;
  readonly size: 1 | 2 | 4;
  readonly tags: number;
  readonly at: number;
}

export type Operator = '+' | '-' | '*' | '/' | '%' | '&' | '|' | '^' | '<<' | '>>';
export type Family = 'any' | 'ip' | 'ip6';
export type HostFamily = 'any' | 'ip' | 'ip6' | 'arp' | 'rarp';
export type Transport = 'any' | 'tcp' | 'udp' | 'sctp';
export type Direction = 'either' | 'source' | 'destination' | 'both';

/** One word and mask for IPv4, four for IPv6. No bit of a word lies outside its mask. */
export interface Network {
  readonly words: readonly number[];
  readonly masks: readonly number[];
}
