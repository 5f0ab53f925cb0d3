import { QuipuError } from '../../contract/error.js';
import { type DeviceFacts, factsOf } from './device-facts.js';
import type { Picture } from './picture.js';
import type { PromiscuousDevices } from './promiscuous.js';
import type { DeviceReading, Reading } from './reading.js';
import type { Settings } from './settings.js';
import { chosenOf, listed, sorted, type View } from './view.js';

/** How long what sysfs tells of a device is held to be true: some drivers ask their hardware. */
const FACTS_LAST_MS = 5000;
/** From this speed on, in Mbit/s, hardware often gathers its counters only once a second. */
const FAST = 10_000;
const COARSE_MS = 100;

/** Makes pictures of readings: it remembers what is not in them. */
export class Studio {
  private readonly settings: Settings;
  private readonly promiscuous: PromiscuousDevices;
  private readonly host: string;
  private facts: { readonly name: string; readonly atMs: number; readonly facts: DeviceFacts } | null = null;
  private baseline: ReadonlyMap<string, DeviceReading> = new Map();
  private baselineMs: number | null = null;
  /** What a key could not do; shown until the next key. */
  message: string | null = null;
  /** Why there is no new reading; the last one's rates are not shown then. */
  failure: string | null = null;

  constructor(settings: Settings, promiscuous: PromiscuousDevices, host: string) {
    this.settings = settings;
    this.promiscuous = promiscuous;
    this.host = host;
  }

  /** The view that the settings ask for. */
  firstView(): View {
    const { named, intervalMs, options } = this.settings;
    const mode = named.length === 1 ? 'one' : 'all';
    return { mode, chosen: named[0] ?? null, sort: options.sort ?? 'order', intervalMs, isHelp: false };
  }

  pictureOf(reading: Reading, view: View): Picture {
    const { options, named, form } = this.settings;
    const facts = options.quipu ? null : this.factsOf(this.chosen(reading, view), reading.sample.atMs);
    return {
      reading: this.failure === null ? reading : { ...reading, elapsedMs: null },
      view,
      named,
      facts,
      isPromiscuous: this.promiscuous.has(this.chosen(reading, view) ?? ''),
      baseline: this.baselineOf(reading),
      baselineMs: this.baselineMs,
      things: options.quipu ? 'links' : 'interfaces',
      host: this.host,
      notes: [
        ...[this.failure, this.message].filter((note) => note !== null),
        ...(options.warn ? warnings(facts, view.intervalMs) : []),
      ],
      mostCpus: options.numCpus ?? null,
      hasMedian: options.median === true,
      hasPercentage: options.percentage === true,
      hasKeys: form === 'screen',
    };
  }

  /** Name of the interface that a view shows at large or has marked. */
  chosen(reading: Reading, view: View): string | null {
    const devices = view.mode === 'one' ? reading.devices : this.rows(reading, view);
    return chosenOf(devices, view)?.name ?? null;
  }

  /** The interfaces in the order in which they stand on the screen. */
  rows(reading: Reading, view: View): DeviceReading[] {
    return sorted(listed(reading, this.settings.named), view.sort);
  }

  /** Counts totals from this reading on. */
  setBaseline(reading: Reading): void {
    this.baseline = new Map(reading.devices.map((device) => [device.name, device]));
    this.baselineMs = reading.sample.atMs;
  }

  /** Throws QuipuError. */
  async switchPromiscuous(device: string): Promise<void> {
    if (this.settings.options.quipu) {
      throw new QuipuError('bad-request', 'that is for interfaces: hook a link anew with --promiscuous');
    }
    if (this.promiscuous.has(device)) this.promiscuous.release(device);
    else await this.promiscuous.hold(device);
  }

  /** One that has been made anew since counts from its own beginning. */
  private baselineOf({ devices }: Reading): ReadonlyMap<string, DeviceReading> {
    const anew = new Set(devices.filter(({ state }) => state === 'reset').map(({ name }) => name));
    if (anew.size > 0) this.baseline = new Map([...this.baseline].filter(([name]) => !anew.has(name)));
    return this.baseline;
  }

  private factsOf(name: string | null, atMs: number): DeviceFacts | null {
    if (name === null) return null;
    if (this.facts?.name !== name || atMs - this.facts.atMs >= FACTS_LAST_MS) {
      this.facts = { name, atMs, facts: factsOf(name) };
    }
    return this.facts.facts;
  }
}

function warnings(facts: DeviceFacts | null, intervalMs: number): string[] {
  if (facts?.isHardware && (facts.speed ?? 0) >= FAST && intervalMs < 1000) {
    return ['a device this fast may gather its counters once a second only: try a longer interval (+)'];
  }
  if (intervalMs >= COARSE_MS) return [];
  return [`CPU times are told in ticks of 10 ms: coarse below ${COARSE_MS} ms`];
}
