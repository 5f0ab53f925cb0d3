import type { Station } from './station.js';

/** The IPv4 address of the station with a number, from 1 on: 10.0.0.1, … */
export function addressOf(number: number): Uint8Array {
  return Uint8Array.of(10, (number >> 16) & 0xff, (number >> 8) & 0xff, number & 0xff);
}

/** Its IPv6 address: fd00::1, … */
export function address6Of(number: number): Uint8Array {
  const address = new Uint8Array(16);
  address.set([0xfd, 0]);
  address.set(addressOf(number).subarray(1), 13);
  return address;
}

/** Gives both to an interface, as of one network of all stations. */
export function giveAddress(station: Station, number: number, at = 0): void {
  const { host } = station;
  host.addAddress(host.interfaces[at], addressOf(number), 8);
  host.addAddress(host.interfaces[at], address6Of(number), 64);
}
