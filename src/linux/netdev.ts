import { readFileSync } from 'node:fs';
import { QuipuError } from '../contract/error.js';
import { errnoText } from './errno.js';
import { errno, libc } from './libc.js';
import { osError } from './os-error.js';

// linux/sockios.h
const SIOCGIFNAME = 0x8910;
const SIOCGIFFLAGS = 0x8913;
const SIOCSIFFLAGS = 0x8914;
const SIOCGIFMTU = 0x8921;
const SIOCSIFMTU = 0x8922;
const SIOCSIFHWADDR = 0x8924;
const SIOCGIFHWADDR = 0x8927;
const SIOCGIFINDEX = 0x8933;

const AF_INET = 2;
const SOCK_DGRAM_CLOEXEC = 2 | 0x80000;
const IFREQ_BYTES = 40;
/** In struct ifreq the value follows the name. */
const VALUE = 16;

/** Bits of `NetDevices.flags` (linux/if.h). */
export const DeviceFlag = { up: 0x1, running: 0x40 } as const;

/** ARPHRD_* of linux/if_arp.h that Quipu tells apart. */
export const HardwareType = { ethernet: 1, loopback: 772, none: 0xfffe } as const;

/** Longest name of a device. */
export const MAX_DEVICE_NAME = 15;

/** Says why a text cannot be the name of a device (the kernel's dev_valid_name); empty when it can. */
export function deviceNameFault(name: string): string {
  if (name.length === 0) return 'is empty';
  if (Buffer.byteLength(name) > MAX_DEVICE_NAME) return `is longer than ${MAX_DEVICE_NAME} bytes`;
  if (name === '.' || name === '..') return 'is reserved';
  for (const char of name) {
    const code = char.codePointAt(0) ?? 0;
    if (char === '/' || char === ':' || char === '%' || code <= 0x20 || code === 0x7f) {
      return `contains ${JSON.stringify(char)}`;
    }
  }
  return '';
}

/**
 * Reads and changes network devices through ioctls on one socket, in the namespace in which it was
 * made. Methods that name a device throw QuipuError when it does not exist.
 */
export class NetDevices {
  private readonly fd: number;
  private readonly libc = libc();
  private readonly request = Buffer.from(new ArrayBuffer(IFREQ_BYTES));
  private open = true;

  constructor() {
    this.fd = this.libc.socket(AF_INET, SOCK_DGRAM_CLOEXEC, 0);
    if (this.fd < 0) throw osError('cannot open a socket for device requests', errno());
  }

  /** Index of the device. */
  index(device: string): number {
    this.ask(SIOCGIFINDEX, device, 'find');
    return this.request.readInt32LE(VALUE);
  }

  /** Index of the device, or 0 when there is none of that name. */
  indexOrZero(device: string): number {
    this.name(device);
    return this.call(SIOCGIFINDEX) === 0 ? this.request.readInt32LE(VALUE) : 0;
  }

  /** Name that the device of this index has now, or null when it is gone. */
  nameOf(index: number): string | null {
    this.request.fill(0);
    this.request.writeInt32LE(index, VALUE);
    if (this.call(SIOCGIFNAME) !== 0) return null;
    const end = this.request.indexOf(0);
    return this.request.toString('utf8', 0, end < 0 || end > VALUE ? VALUE : end);
  }

  /** Bits of `DeviceFlag`, or -1 when there is no such device. */
  flags(device: string): number {
    this.name(device);
    return this.call(SIOCGIFFLAGS) === 0 ? this.request.readUInt16LE(VALUE) : -1;
  }

  /** Administratively up or down. */
  setUp(device: string, up: boolean): void {
    this.ask(SIOCGIFFLAGS, device, 'find');
    const flags = this.request.readUInt16LE(VALUE);
    this.name(device);
    this.request.writeUInt16LE(up ? flags | DeviceFlag.up : flags & ~DeviceFlag.up, VALUE);
    this.finish(SIOCSIFFLAGS, `cannot set device ${device} ${up ? 'up' : 'down'}`);
  }

  /** Bytes behind the link header. */
  mtu(device: string): number {
    this.ask(SIOCGIFMTU, device, 'read the MTU of');
    return this.request.readInt32LE(VALUE);
  }

  setMtu(device: string, mtu: number): void {
    this.name(device);
    this.request.writeInt32LE(mtu, VALUE);
    this.finish(SIOCSIFMTU, `cannot set the MTU of ${device} to ${mtu}`);
  }

  /** Its hardware type (ARPHRD_*) and address. */
  hardware(device: string): { readonly type: number; readonly address: Uint8Array } {
    this.ask(SIOCGIFHWADDR, device, 'read the hardware address of');
    return {
      type: this.request.readUInt16LE(VALUE),
      address: Uint8Array.from(this.request.subarray(VALUE + 2, VALUE + 8)),
    };
  }

  /** Sets an Ethernet device's address (6 bytes). */
  setAddress(device: string, address: Uint8Array): void {
    this.name(device);
    this.request.writeUInt16LE(HardwareType.ethernet, VALUE);
    this.request.set(address.subarray(0, 6), VALUE + 2);
    this.finish(SIOCSIFHWADDR, `cannot set the hardware address of ${device}`);
  }

  /** Safe to call twice. */
  close(): void {
    if (this.open) this.libc.close(this.fd);
    this.open = false;
  }

  private name(device: string): void {
    this.request.fill(0);
    this.request.write(device, 0, MAX_DEVICE_NAME, 'utf8');
  }

  private call(request: number): number {
    return this.libc.ioctl(this.fd, request, this.request);
  }

  private ask(request: number, device: string, verb: string): void {
    const fault = deviceNameFault(device);
    if (fault) throw new QuipuError('no-device', `no device ${JSON.stringify(device)}: the name ${fault}`);
    this.name(device);
    this.finish(request, `cannot ${verb} device ${device}`);
  }

  private finish(request: number, what: string): void {
    if (this.call(request) === 0) return;
    const failed = errno();
    if (errnoText(failed).startsWith('ENODEV')) {
      throw new QuipuError(
        'no-device',
        `${what}: ENODEV: no such device; \`ip link\` lists those that exist`,
      );
    }
    throw osError(what, failed);
  }
}

/** Names of the devices in this thread's network namespace (/sys would show that of its mount). */
export function deviceNames(): string[] {
  const names: string[] = [];
  for (const line of readFileSync('/proc/thread-self/net/dev', 'utf8').split('\n').slice(2)) {
    const colon = line.indexOf(':');
    if (colon > 0) names.push(line.slice(0, colon).trim());
  }
  return names;
}
