import { groupBase, type PortSpec, portName, portNumber } from '../contract/port.js';
import type { NamedBlocks } from './chain-text-names.js';
import type { ChainPlaces } from './chain-text-places.js';
import type { Chain, Placed } from './chain-text-syntax.js';

interface Ties {
  readonly bindings: readonly string[];
  readonly subscriptions: readonly string[];
}

/** What the arrows say, as bindings and subscriptions of a document. What is said twice is meant once. */
export function tieBlocks(
  chains: readonly Chain[],
  { blocks, names }: NamedBlocks,
  places: ChainPlaces,
): Ties {
  const tying = new Tying(blocks, places);
  for (const { elements, arrows } of chains) {
    arrows.forEach(({ at, events, before, after }, i) => {
      const lower = names.get(elements[i]);
      const upper = names.get(elements[i + 1]);
      if (lower === undefined || upper === undefined) return;
      if (events) tying.listen(upper, lower, at);
      else if (before === null && after === null) tying.stack(upper, lower, at);
      if (before !== null) tying.connect(lower, before, upper);
      if (after !== null) tying.connect(upper, after, lower);
    });
  }
  tying.checkRoom();
  return { bindings: [...tying.bindings.keys()], subscriptions: [...tying.subscriptions.keys()] };
}

class Tying {
  /** With the offsets of their arrows. */
  readonly bindings = new Map<string, number>();
  readonly subscriptions = new Map<string, number>();
  /** What ports lead to that are named, by block and port. */
  private readonly targets = new Map<string, string>();
  /** Offsets of what wants an ingress port of a block: named ports first. */
  private readonly onTop = new Map<string, { named: number; arrows: number[] }>();
  private readonly blocks: NamedBlocks['blocks'];
  private readonly places: ChainPlaces;

  constructor(blocks: NamedBlocks['blocks'], places: ChainPlaces) {
    this.blocks = blocks;
    this.places = places;
  }

  listen(who: string, to: string, at: number): void {
    const text = `${who} to ${to}`;
    if (this.subscriptions.has(text)) return;
    this.places.note(['subscriptions', this.subscriptions.size], at);
    this.subscriptions.set(text, at);
  }

  stack(upper: string, lower: string, at: number): void {
    if (this.bind(`${upper} on ${lower}`, at)) this.wantsOf(lower).arrows.push(at);
  }

  connect(from: string, port: Placed, to: string): void {
    const { ports } = this.blocks.get(from)!.kind;
    const number = portNumber(ports, port.text);
    if (number < 0) {
      this.places.fault(port.at, `${from} has no port ${port.text}; it has ${portsText(ports)}`);
      return;
    }
    const name = portName(ports, number);
    const other = this.targets.get(`${from}:${name}`);
    if (other !== undefined && other !== to) {
      this.places.fault(port.at, `port ${name} of ${from} leads to ${other} already`);
      return;
    }
    this.targets.set(`${from}:${name}`, to);
    if (!this.bind(`${from}:${name} -> ${to}`, port.at)) return;
    if (number < groupBase(ports) && number % 2 === 0) this.wantsOf(from).named++;
  }

  /** Every block that sits on another takes one of its ingress ports. */
  checkRoom(): void {
    for (const [name, { named, arrows }] of this.onTop) {
      const { type, kind } = this.blocks.get(name)!;
      const room = kind.ports.ingress;
      if (named + arrows.length <= room) continue;
      const has = room === 0 ? 'no ingress port' : room === 1 ? '1 ingress port' : `${room} ingress ports`;
      const remedy = room === 0 ? 'it ends a chain' : 'put a tee on it, and the others on that';
      const at = arrows[Math.max(0, room - named)];
      this.places.fault(at, `nothing more can sit on ${name} (${type}), which has ${has}: ${remedy}`);
    }
  }

  private bind(text: string, at: number): boolean {
    if (this.bindings.has(text)) return false;
    this.places.note(['bindings', this.bindings.size], at);
    this.bindings.set(text, at);
    return true;
  }

  private wantsOf(name: string): { named: number; arrows: number[] } {
    const wants = this.onTop.get(name) ?? { named: 0, arrows: [] };
    this.onTop.set(name, wants);
    return wants;
  }
}

function portsText(ports: PortSpec): string {
  const range = (name: string, first: string, count: number) =>
    count === 0 ? [] : count === 1 ? [first] : [`${first} … ${name}${count - 1}`];
  const { ingress, egress, group } = ports;
  const all = [
    ...range('ingress', 'ingress', ingress),
    ...range('egress', 'egress', egress),
    ...(group ? range(group.name, `${group.name}0`, group.count) : []),
  ];
  return all.length === 0 ? 'none' : all.join(', ');
}
