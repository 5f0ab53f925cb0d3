import { readU32 } from '../wire/bytes.js';

interface Item<T> {
  readonly address: Uint8Array;
  value: T;
  next: Item<T> | null;
}

/**
 * Values by IP address, IPv4 (4 bytes) and IPv6 (16) in one. Looked up straight from the bytes of a packet: no key is made.
 * `seed` makes the places unpredictable for whoever chooses addresses.
 */
export class AddressMap<T> {
  size = 0;
  private readonly items = new Map<number, Item<T>>();
  private readonly seed: number;

  constructor(seed: number) {
    this.seed = seed;
  }

  get(bytes: Uint8Array, at = 0, length = bytes.length): T | undefined {
    let item = this.items.get(this.hash(bytes, at, length)) ?? null;
    while (item !== null && !isAt(item.address, bytes, at, length)) item = item.next;
    return item?.value;
  }

  set(address: Uint8Array, value: T): void {
    const key = this.hash(address, 0, address.length);
    const first = this.items.get(key) ?? null;
    for (let item = first; item !== null; item = item.next) {
      if (!isAt(item.address, address, 0, address.length)) continue;
      item.value = value;
      return;
    }
    this.items.set(key, { address: address.slice(), value, next: first });
    this.size++;
  }

  delete(address: Uint8Array): boolean {
    const key = this.hash(address, 0, address.length);
    let before: Item<T> | null = null;
    for (let item = this.items.get(key) ?? null; item !== null; before = item, item = item.next) {
      if (!isAt(item.address, address, 0, address.length)) continue;
      if (before !== null) before.next = item.next;
      else if (item.next !== null) this.items.set(key, item.next);
      else this.items.delete(key);
      this.size--;
      return true;
    }
    return false;
  }

  clear(): void {
    this.items.clear();
    this.size = 0;
  }

  *values(): IterableIterator<T> {
    for (const first of this.items.values()) {
      for (let item: Item<T> | null = first; item !== null; item = item.next) yield item.value;
    }
  }

  private hash(bytes: Uint8Array, at: number, length: number): number {
    let hash = this.seed;
    for (let i = 0; i < length; i += 4) {
      hash = Math.imul(hash ^ readU32(bytes, at + i), 0x9e3779b1);
      hash ^= hash >>> 15;
    }
    return hash | 0;
  }
}

/** True when the bytes at `at` are the address. */
export function isAt(address: Uint8Array, bytes: Uint8Array, at: number, length: number): boolean {
  if (address.length !== length) return false;
  for (let i = 0; i < length; i++) if (address[i] !== bytes[at + i]) return false;
  return true;
}

export function sameBytes(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, i) => byte === b[i]);
}
