import { expect, test } from 'vitest';
import { type InterruptFiles, interruptsOf, moveInterrupts } from './irq-affinity.js';

const interrupts = `           CPU0       CPU1
   4:          9          0   IO-APIC   4-edge      ttyS0
  24:         10          5   PCI-MSI 65536-edge      eth0-TxRx-0
  25:          0          5   PCI-MSI 65537-edge      eth0-TxRx-1
  26:          0          5   PCI-MSI 65538-edge      eth01
  27:          3          5   PCI-MSI 65539-edge      usb1, eth0
 NMI:          0          0   Non-maskable interrupts
`;

/** A machine of files; some may not be written. */
function machine(fixed: readonly number[] = []) {
  const affinity = new Map(
    [24, 25, 26, 27, 30].map((irq) => [`/proc/irq/${irq}/smp_affinity_list`, '0-1\n']),
  );
  const files: InterruptFiles = {
    read: (path) => (path === '/proc/interrupts' ? interrupts : (affinity.get(path) ?? '')),
    write: (path, text) => {
      if (fixed.some((irq) => path.includes(`/${irq}/`))) throw new Error('EIO');
      affinity.set(path, text);
    },
    list: (path) => (path === '/sys/class/net/eth0/device/msi_irqs' ? ['30', '24'] : []),
  };
  return { files, affinity };
}

test('a device has the interrupts of its bus and those with its name', () => {
  expect(interruptsOf('eth0', machine().files)).toEqual([24, 25, 27, 30]);
  expect(interruptsOf('eth01', machine().files)).toEqual([26]);
  expect(interruptsOf('veth0', machine().files)).toEqual([]);
});

test('they are dealt out to the CPUs and put back, but for those that the kernel keeps', () => {
  const { files, affinity } = machine([25]);
  const { moved, refused, giveBack } = moveInterrupts('eth0', [1, 0], files);
  expect(moved).toEqual([
    { irq: 24, cpu: 1 },
    { irq: 27, cpu: 1 },
    { irq: 30, cpu: 0 },
  ]);
  expect(refused).toEqual([25]);
  expect(affinity.get('/proc/irq/30/smp_affinity_list')).toBe('0');
  giveBack();
  expect([...new Set([...affinity.values()].map((text) => text.trim()))]).toEqual(['0-1']);
});

test('nothing to do for a device without interrupts', () => {
  const { files, affinity } = machine();
  const { moved, refused } = moveInterrupts('veth0', [0], files);
  expect([moved, refused]).toEqual([[], []]);
  expect([...affinity.values()].every((text) => text === '0-1\n')).toBe(true);
});
