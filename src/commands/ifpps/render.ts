import { printable } from '../shared/printable.js';
import { CPU_HEAD, cpuLinesWanted, cpuTable } from './cpu-table.js';
import { rateLines, totalLines } from './device-panel.js';
import { deviceTable, TABLE_HEAD } from './device-table.js';
import { engineTable } from './engine-table.js';
import { joined, type Line, type Picture, plainLine } from './picture.js';
import type { DeviceReading } from './reading.js';
import { memoryLine, processLine } from './system-lines.js';
import { titleLine } from './title.js';
import { chosenOf, keyHelp, listed, sorted } from './view.js';

/** A part of the screen. */
interface Section {
  /** The higher, the sooner it is left out where there is little room. 0 stays. */
  readonly rank: number;
  /** Whether an empty line stands in front of it where there is room. */
  readonly isApart: boolean;
  /** Lines that it needs at least, and would like. */
  readonly least: number;
  readonly wanted: number;
  lines(height: number): readonly Line[];
}

/** Rows of a table at least: it says little with fewer. */
const LEAST_DEVICES = 3;
/** With the average, and a line that says how many are left out. */
const LEAST_CPUS = 6;
/** The part of what room is left that interfaces get where CPUs want some too. */
const SHARE = 0.6;

/**
 * The screen: at most `height` lines (Infinity: as many as there are), none longer than `width`. Names of interfaces may
 * hold any byte but blanks, `/` and `:`.
 */
export function render(picture: Picture, width: number, height: number): Line[] {
  const lines = picture.view.isHelp ? helpLines() : screenLines(picture, width, height);
  return lines
    .slice(0, height)
    .map(({ text, look }) => ({ text: printable(text.slice(0, width)).trimEnd(), look }));
}

function screenLines(picture: Picture, width: number, height: number): Line[] {
  const { view, reading, named, notes } = picture;
  const devices = sorted(listed(reading, named), view.sort);
  const chosen = chosenOf(view.mode === 'one' ? reading.devices : devices, view);
  const isOne = view.mode === 'one' && chosen !== null;
  const sections = [
    fixed(0, false, [titleLine(picture, devices, chosen, width)]),
    ...notes.map((note) => fixed(1, false, [{ text: note, look: 'alert' }])),
    ...(isOne
      ? [
          fixed(0, true, rateLines(chosen, picture, width)),
          fixed(3, true, totalLines(chosen, picture, width)),
        ]
      : [tableSection(devices, chosen, picture, width)]),
    ...(reading.engines.length > 0 ? [fixed(1, true, engineTable(picture, width))] : []),
    fixed(2, true, [processLine(picture, width)]),
    fixed(4, false, [memoryLine(picture)]),
    cpuSection(picture, isOne ? [chosen] : devices, width),
    ...(picture.hasKeys ? [fixed(5, true, [plainLine(joined(keysOf(picture), '  ', width))])] : []),
  ];
  return arrange(sections, height);
}

const KEYS = ['q quit', 'h help', 'tab next', 'enter table', 's sort', '+ - interval', 'r from now'];

function keysOf({ things }: Picture): readonly string[] {
  return things === 'links' ? KEYS : [...KEYS, 'p promiscuous'];
}

function fixed(rank: number, isApart: boolean, lines: readonly Line[]): Section {
  return { rank, isApart, least: lines.length, wanted: lines.length, lines: () => lines };
}

function tableSection(
  devices: readonly DeviceReading[],
  chosen: DeviceReading | null,
  picture: Picture,
  width: number,
): Section {
  const wanted = TABLE_HEAD + devices.length;
  return {
    rank: 0,
    isApart: true,
    least: Math.min(wanted, TABLE_HEAD + LEAST_DEVICES),
    wanted,
    lines: (height) => deviceTable(devices, chosen, picture, width, height),
  };
}

function cpuSection(picture: Picture, devices: readonly DeviceReading[], width: number): Section {
  const wanted = cpuLinesWanted(picture);
  return {
    rank: 1,
    isApart: true,
    least: Math.min(wanted, CPU_HEAD + LEAST_CPUS),
    wanted,
    lines: (height) => cpuTable(picture, devices, width, height),
  };
}

/**
 * Leaves out as many empty lines as must be for all that is wanted, or, where that cannot be shown, for what is
 * needed; then the least important sections. Shares out the lines that are left.
 */
function arrange(all: readonly Section[], height: number): Line[] {
  const apart = all.filter(({ isApart }) => isApart).sort((a, b) => a.rank - b.rank);
  const sum = (part: (section: Section) => number) =>
    all.reduce((lines, section) => lines + part(section), 0);
  const gapsBeside = (lines: number) => apart.findLastIndex((_, i) => lines + i + 1 <= height) + 1;
  const wanted = sum((section) => section.wanted);
  const least = sum((section) => section.least);
  const gaps = new Set(apart.slice(0, gapsBeside(wanted <= height ? wanted : least)));
  const sections = mostImportant(all, height);
  let left = height - gaps.size - sections.reduce((lines, { least }) => lines + least, 0);
  return sections.flatMap((section, i) => {
    const others = sections.slice(i + 1).reduce((lines, one) => lines + one.wanted - one.least, 0);
    const share = Math.max(left - others, Math.ceil(left * (others > 0 ? SHARE : 1)), 0);
    const more = Math.min(section.wanted - section.least, share);
    left -= more;
    return [...(gaps.has(section) ? [plainLine('')] : []), ...section.lines(section.least + more)];
  });
}

/** The sections without those of the highest ranks that have no room. */
function mostImportant(all: readonly Section[], height: number): readonly Section[] {
  let sections = all;
  while (sections.reduce((lines, { least }) => lines + least, 0) > height) {
    const highest = Math.max(...sections.map(({ rank }) => rank));
    if (highest === 0) break;
    const at = sections.findLastIndex(({ rank }) => rank === highest);
    sections = sections.filter((_, i) => i !== at);
  }
  return sections;
}

function helpLines(): Line[] {
  return [
    { text: 'ifpps: keys', look: 'title' },
    plainLine(''),
    ...keyHelp.map(([keys, meaning]) => plainLine(`  ${keys.padEnd(12)}  ${meaning}`)),
  ];
}
