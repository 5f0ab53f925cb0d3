import { EGRESS } from '../contract/direction.js';
import { QuipuError } from '../contract/error.js';
import { portName, portNumber } from '../contract/port.js';
import type { Changes } from './changes.js';
import type { Instance } from './instance.js';
import type { Notifier } from './notifier.js';
import type { Registry } from './registry.js';

/** Port number of egress 0, the port that leads down. */
const DOWN = EGRESS;

/** Ties and unties edges (block, port) → block. All of it can be taken back. */
export class Bindings {
  private readonly registry: Registry;
  private readonly notifier: Notifier;
  private readonly log: (at: Instance, text: string) => void;

  constructor(registry: Registry, notifier: Notifier, log: (at: Instance, text: string) => void) {
    this.registry = registry;
    this.notifier = notifier;
    this.log = log;
  }

  /**
   * Puts `upper` on top of `lower`: lower's next free ingress leads to upper, and upper's egress to
   * lower if it is still free (seed 004, `fblock_bind`).
   */
  bind(upper: Instance, lower: Instance, changes: Changes): void {
    const there = ingressTo(lower, upper);
    if (there >= 0) {
      throw new QuipuError(
        'port-bound',
        `${upper.name} sits on ${lower.name} already, by its port ${portName(lower.type.ports, there)}`,
      );
    }
    const free = freeIngress(lower);
    if (free < 0) throw noFreeIngress(lower);
    if (upper.type.ports.egress > 0 && upper.ports[DOWN] === 0) this.tie(upper, DOWN, lower, changes);
    this.tie(lower, free, upper, changes);
  }

  /** Parts two blocks that `bind` has joined. */
  unbind(upper: Instance, lower: Instance, changes: Changes): void {
    const port = ingressTo(lower, upper);
    const down = upper.type.ports.egress > 0 && upper.ports[DOWN] === lower.idp;
    if (port < 0 && !down) {
      throw new QuipuError('not-bound', `${upper.name} does not sit on ${lower.name}`);
    }
    if (down) this.untie(upper, DOWN, changes);
    if (port >= 0) this.untie(lower, port, changes);
  }

  /** Ties one edge. The port must be free. */
  connect(from: Instance, port: string, to: Instance, changes: Changes): void {
    const number = this.port(from, port);
    if (from.ports[number] !== 0) {
      const now = this.registry.byIdp(from.ports[number])?.name ?? `IDP${from.ports[number]}`;
      throw new QuipuError(
        'port-bound',
        `port ${port} of ${from.name} leads to ${now} already; untie it first with "fbctl unbind ${from.name}:${port}"`,
      );
    }
    this.tie(from, number, to, changes);
  }

  disconnect(from: Instance, port: string, changes: Changes): void {
    const number = this.port(from, port);
    if (from.ports[number] === 0) {
      throw new QuipuError('not-bound', `port ${port} of ${from.name} leads nowhere`);
    }
    this.untie(from, number, changes);
  }

  /** Unties every edge from and to a block. */
  dissolve(block: Instance, changes: Changes): void {
    for (let port = 0; port < block.ports.length; port++) {
      if (block.ports[port] !== 0) this.untie(block, port, changes);
    }
    for (const other of [...block.subscriptions.keys()]) {
      for (let port = 0; port < other.ports.length; port++) {
        if (other.ports[port] === block.idp) this.untie(other, port, changes);
      }
    }
  }

  /** Number of a port by its name, or an error that names the ports there are. */
  port(of: Instance, name: string): number {
    const spec = of.type.ports;
    const number = portNumber(spec, name);
    if (number >= 0) return number;
    const names = [
      spec.ingress > 1 ? `ingress to ingress${spec.ingress - 1}` : spec.ingress === 1 ? 'ingress' : '',
      spec.egress > 1 ? `egress to egress${spec.egress - 1}` : spec.egress === 1 ? 'egress' : '',
      spec.group ? `${spec.group.name}0 to ${spec.group.name}${spec.group.count - 1}` : '',
    ].filter((text) => text !== '');
    const there = names.length > 0 ? names.join(', ') : 'none';
    throw new QuipuError(
      'unknown-port',
      `${of.name} (${of.type.kind}) has no port "${name}"; it has: ${there}`,
    );
  }

  tie(from: Instance, port: number, to: Instance, changes: Changes): void {
    this.set(from, port, to);
    changes.undo(() => this.clear(from, port, to));
    const name = portName(from.type.ports, port);
    const idp = to.idp;
    const told = from.listeners();
    changes.notice(() => {
      this.log(from, `port ${name} bound to IDP${idp}`);
      this.notifier.emitTo(told, from, 'bound', { port: name, to: to.name, idp });
    });
  }

  untie(from: Instance, port: number, changes: Changes): void {
    const to = this.registry.byIdp(from.ports[port]);
    if (!to) throw new Error(`port ${port} of ${from.name} leads to an IDP that no block holds`);
    const idp = to.idp;
    // Those who are subscribed through this very edge are told of its end too: so before it goes.
    const name = portName(from.type.ports, port);
    const told = from.listeners();
    const restorePlaces = this.notifier.keepPlaces(from, to);
    this.clear(from, port, to);
    changes.undo(() => {
      this.set(from, port, to);
      restorePlaces();
    });
    changes.notice(() => {
      this.log(from, `port ${name} unbound from IDP${idp}`);
      this.notifier.emitTo(told, from, 'unbound', { port: name, to: to.name, idp });
    });
  }

  private set(from: Instance, port: number, to: Instance): void {
    from.ports[port] = to.idp;
    to.incoming++;
    this.notifier.edge(from, to, 1);
  }

  private clear(from: Instance, port: number, to: Instance): void {
    from.ports[port] = 0;
    to.incoming--;
    this.notifier.edge(from, to, -1);
  }
}

function ingressTo(lower: Instance, upper: Instance): number {
  for (let i = 0; i < lower.type.ports.ingress; i++) if (lower.ports[2 * i] === upper.idp) return 2 * i;
  return -1;
}

function freeIngress(lower: Instance): number {
  for (let i = 0; i < lower.type.ports.ingress; i++) if (lower.ports[2 * i] === 0) return 2 * i;
  return -1;
}

function noFreeIngress(lower: Instance): QuipuError {
  const n = lower.type.ports.ingress;
  if (n === 0) {
    return new QuipuError(
      'no-free-port',
      `nothing can sit on ${lower.name}: type ${lower.type.kind} has no ingress port`,
    );
  }
  const ports = n === 1 ? 'its ingress port is' : `its ${n} ingress ports are`;
  const remedy = n === 1 ? '; put a tee in between, or unbind what is there' : '';
  return new QuipuError('no-free-port', `nothing more can sit on ${lower.name}: ${ports} bound${remedy}`);
}
