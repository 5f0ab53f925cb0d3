import { assert, property, string } from 'fast-check';
import { expect, test } from 'vitest';
import { parseInterrupts } from './interrupts.js';

const all = () => true;

test('Linux 6.18: counts by CPU, and the text behind them', () => {
  const rows = parseInterrupts(
    `           CPU0       CPU1       
 24:          1          0  IO-APIC   5-edge      ACPI:Ged
 38:          0      29820 PCI-MSIX-0000:00:03.0   1-edge      virtio2-input.0
NMI:          0          7   Non-maskable interrupts
ERR:          5
`,
    all,
  );
  expect(rows.map(({ label }) => label)).toEqual(['24', '38', 'NMI', 'ERR']);
  expect(rows[1].description).toBe('PCI-MSIX-0000:00:03.0   1-edge      virtio2-input.0');
  expect([...rows[1].counts]).toEqual([
    [0, 0],
    [1, 29820],
  ]);
  expect(rows[2].description).toBe('Non-maskable interrupts');
  expect([...rows[3].counts]).toEqual([[0, 5]]);
});

test('CPUs that were unplugged have no column: counts keep to the numbers of the heading', () => {
  const [row] = parseInterrupts(
    `            CPU0       CPU2       CPU7
 30:         11         22         33   PCI-MSI 512-edge      eth0
`,
    all,
  );
  expect(Object.fromEntries(row.counts)).toEqual({ 0: 11, 2: 22, 7: 33 });
  expect(row.description).toBe('PCI-MSI 512-edge      eth0');
});

test('Linux 2.6 and ARM: what follows the counts may begin with a number that is none of them', () => {
  const text = `           CPU0
  9:   12345678          XT-PIC  acpi, eth1, eth0
 53:        770     GIC-0 153 Level     fec
 54:          4   5 eth2
`;
  const rows = parseInterrupts(text, all);
  expect(rows.map(({ counts }) => counts.get(0))).toEqual([12345678, 770, 4]);
  expect(rows.map(({ description }) => description)).toEqual([
    'XT-PIC  acpi, eth1, eth0',
    'GIC-0 153 Level     fec',
    '5 eth2',
  ]);
});

test('a row may have fewer counts than there are CPUs, before a word that begins with a digit', () => {
  const [row] = parseInterrupts('CPU0 CPU1\n 9: 7 1-edge eth0\n', all);
  expect(Object.fromEntries(row.counts)).toEqual({ 0: 7 });
  expect(row.description).toBe('1-edge eth0');
});

test('128 CPUs, their counts side by side; only what is wanted is kept', () => {
  const cpus = Array.from({ length: 128 }, (_, cpu) => cpu);
  const heading = cpus.map((cpu) => `CPU${cpu}`.padStart(11)).join('');
  const counts = cpus.map((cpu) => `${4294967168 + cpu}`.padStart(11)).join('');
  const text = `${heading}\n 99:${counts}  IR-PCI-MSI 1-edge  eth0-rx-0\n100:${counts}  other\n`;
  const asked: string[] = [];
  const rows = parseInterrupts(text, (label, description) => {
    asked.push(label);
    return description.includes('eth0');
  });
  expect(asked).toEqual(['99', '100']);
  expect(rows).toHaveLength(1);
  expect(rows[0].counts.size).toBe(128);
  expect(rows[0].counts.get(127)).toBe(4294967295);
});

test.each(['', 'CPU0', 'CPU0\n', 'CPU0\nno colon\n'])('%j has no rows', (text) => {
  expect(parseInterrupts(text, all)).toEqual([]);
});

test('any text gives counts', () => {
  const counts = property(string({ unit: 'binary' }), string({ unit: 'grapheme-ascii' }), (head, noise) => {
    for (const row of parseInterrupts(`CPU0 CPU1 ${head}\n1: 5 ${noise}\n${noise}\n`, all)) {
      for (const count of row.counts.values()) expect(count).toBeGreaterThanOrEqual(0);
    }
  });
  assert(counts, { seed: 4, numRuns: 100 });
});
