import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { factsOf, interruptMarksOf, isMarked } from './device-facts.js';

const root = mkdtempSync(join(tmpdir(), 'quipu-sys-'));
afterAll(() => rmSync(root, { recursive: true, force: true }));

test('what sysfs tells of a device with hardware', () => {
  mkdirSync(join(root, 'hardware/0000:03:00.0/msi_irqs/41'), { recursive: true });
  mkdirSync(join(root, 'eth0'));
  writeFileSync(join(root, 'eth0/speed'), '10000\n');
  writeFileSync(join(root, 'eth0/operstate'), 'up\n');
  symlinkSync('../hardware/0000:03:00.0', join(root, 'eth0/device'));
  expect(factsOf('eth0', root)).toEqual({ speed: 10000, link: 'up', isHardware: true });
  expect(interruptMarksOf('eth0', root)).toEqual({
    numbers: new Set(['41']),
    names: ['eth0', '0000:03:00.0'],
  });
});

test('one that sysfs does not tell of, or that has no speed', () => {
  mkdirSync(join(root, 'wlan0'));
  writeFileSync(join(root, 'wlan0/speed'), '-1\n');
  expect(factsOf('wlan0', root)).toEqual({ speed: null, link: '', isHardware: false });
  expect(factsOf('none', root)).toEqual({ speed: null, link: '', isHardware: false });
  expect(interruptMarksOf('none', root)).toEqual({ numbers: new Set(), names: ['none'] });
});

test.each([
  ['7', 'PCI-MSI 512-edge eth1', true],
  ['7', 'PCI-MSI 512-edge eth1-rx-0', true],
  ['7', 'IR-PCI-MSI i40e-eth1-TxRx-0', true],
  ['7', 'XT-PIC acpi, eth1, eth0', true],
  ['7', 'PCI-MSIX 1-edge mlx5_comp0@pci:0000:03:00.0', true],
  ['41', 'PCI-MSI iwlwifi', true],
  ['7', 'PCI-MSI eth10', false],
  ['7', 'PCI-MSI eth10-rx eth11', false],
  ['7', 'PCI-MSI veth1', false],
  ['7', '', false],
])('row %s of %j is the device’s: %s', (label, description, is) => {
  const marks = { numbers: new Set(['41']), names: ['eth1', '0000:03:00.0'] };
  expect(isMarked(label, description, marks)).toBe(is);
});
