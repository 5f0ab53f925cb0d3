import { QuipuError } from '../../contract/error.js';
import type { SendOptions } from './send-options.js';

/** Forms in which packets can be written. */
export type FileForm = 'pcap' | 'pcapng' | 'cfg' | 'hex';

/** Where packets go: to a device, or written down (`-` is stdout). */
export type SendTarget =
  | { readonly kind: 'device'; readonly device: string }
  | { readonly kind: 'file'; readonly path: string; readonly form: FileForm };

const forms: Readonly<Record<string, FileForm>> = {
  '.pcap': 'pcap',
  '.pcapng': 'pcapng',
  '.cfg': 'cfg',
  '.hex': 'hex',
};

/** A name that ends like a file of a known form is that file; any other is a device. Throws QuipuError. */
export function targetOf({ out, dev, hex }: SendOptions): SendTarget {
  if (out !== undefined && dev !== undefined) {
    throw new QuipuError('bad-request', 'give --out or --dev, not both: they mean the same');
  }
  const name = out ?? dev;
  if (hex === true && name !== undefined && name !== '-') {
    throw new QuipuError(
      'bad-request',
      `--hex prints to stdout, --out ${name} goes elsewhere: give one of them`,
    );
  }
  if (hex === true || name === '-') return { kind: 'file', path: '-', form: 'hex' };
  if (name === undefined) {
    throw new QuipuError(
      'bad-request',
      'where to? --out eth0 (a device), --out packets.pcap, or --out - for hex',
    );
  }
  const extension = /\.[a-z]+$/.exec(name)?.[0] ?? '';
  if (Object.hasOwn(forms, extension)) return { kind: 'file', path: name, form: forms[extension] };
  return { kind: 'device', device: name };
}
