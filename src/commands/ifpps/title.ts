import { timeText } from './figures.js';
import { joined, type Line, type Picture } from './picture.js';
import type { DeviceReading } from './reading.js';

/** The first line: what is shown, and how often. What does not fit is left out from the end. */
export function titleLine(
  picture: Picture,
  devices: readonly DeviceReading[],
  chosen: DeviceReading | null,
  width: number,
): Line {
  const { view, reading, host } = picture;
  const what = view.mode === 'one' ? one(picture, chosen) : all(picture, devices);
  const parts = [...what, `every ${timeText(view.intervalMs)}`, `${reading.cpus.length} CPUs`, host];
  const text = joined([`ifpps ${parts[0]}`, ...parts.slice(1)], ', ', width);
  const isAlert = view.mode === 'one' && chosen?.state !== 'counted' && chosen?.state !== 'new';
  return { text, look: isAlert ? 'alert' : 'title' };
}

function one({ facts, isPromiscuous, reading }: Picture, chosen: DeviceReading | null): string[] {
  if (chosen === null) return ['no interface'];
  const { name, state, goneSinceMs } = chosen;
  if (state === 'gone') {
    return [
      `${name} has been gone for ${timeText(reading.sample.atMs - (goneSinceMs ?? 0))}: its last totals`,
    ];
  }
  return [
    state === 'reset' ? `${name} reset: its counters began anew` : name,
    ...(isPromiscuous ? ['promiscuous'] : []),
    ...(facts?.link && facts.link !== 'unknown' ? [`link ${facts.link}`] : []),
    ...(facts?.speed ? [`${facts.speed} Mbit/s`] : []),
  ];
}

function all({ view, things }: Picture, devices: readonly DeviceReading[]): string[] {
  const gone = devices.filter(({ state }) => state === 'gone').length;
  const count = `${devices.length} ${devices.length === 1 ? things.slice(0, -1) : things}`;
  return [
    gone > 0 ? `${count}, ${gone} gone` : count,
    ...(view.sort === 'order' ? [] : [`sorted by ${view.sort}`]),
  ];
}
