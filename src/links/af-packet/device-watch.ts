import { DeviceFlag, type NetDevices } from '../../linux/netdev.js';
import { ETHERNET_HEADER } from '../../wire/ethernet.js';

/** Keeps an eye on a network interface, which may be renamed while it is in use. */
export class DeviceWatch {
  /** Its name, as the last look found it. */
  name: string;
  /** Longest frame that it sends, without a VLAN tag, in bytes. */
  longest: number;
  private readonly devices: NetDevices;
  private readonly index: number;

  /** Throws QuipuError no-device. */
  constructor(devices: NetDevices, name: string, index: number) {
    this.devices = devices;
    this.name = name;
    this.index = index;
    this.longest = devices.mtu(name) + ETHERNET_HEADER;
  }

  /** Looks at it. `gone`: it was removed, or left the namespace. May throw when that happens meanwhile. */
  state(): 'up' | 'down' | 'gone' {
    let flags = this.devices.flags(this.name);
    if (flags < 0 || this.devices.indexOrZero(this.name) !== this.index) {
      const name = this.devices.nameOf(this.index);
      if (name === null) return 'gone';
      this.name = name;
      flags = this.devices.flags(name);
    }
    if (flags < 0) return 'gone';
    this.longest = this.devices.mtu(this.name) + ETHERNET_HEADER;
    const working = DeviceFlag.up | DeviceFlag.running;
    return (flags & working) === working ? 'up' : 'down';
  }
}
