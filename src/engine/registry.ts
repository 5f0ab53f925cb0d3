import { QuipuError } from '../contract/error.js';
import type { Instance } from './instance.js';

const NAME = /^[A-Za-z0-9_][A-Za-z0-9_-]*(\.[A-Za-z0-9_][A-Za-z0-9_-]*)*$/;
export const MAX_NAME = 64;
const LAST_IDP = 0x7fffffff;

/** Throws QuipuError when this cannot be the name of a block. Dots make qualified names: `site.eth0.filter`. */
export function checkName(name: string): void {
  // `__proto__` cannot be a key of a JSON document that every reader understands.
  if (name.length > MAX_NAME || !NAME.test(name) || name === '__proto__') {
    throw new QuipuError(
      'bad-name',
      `block name ${JSON.stringify(name.slice(0, 80))}: use letters, digits, "_" and "-", parts joined by dots, at most ${MAX_NAME} characters`,
    );
  }
}

/**
 * Name → IDP → block (seed 004 §4.2.4). An IDP is never given out twice, not even one that a
 * transaction took back.
 */
export class Registry {
  /** IDP → block; read by the engine on every hop. Index 0 stays empty: IDP 0 means "unbound". */
  readonly table: (Instance | undefined)[] = [undefined];
  private readonly names = new Map<string, Instance>();

  /** The next IDP. Claims it for good. */
  claimIdp(): number {
    const idp = this.table.length;
    if (idp > LAST_IDP) throw new QuipuError('limit', 'all information dispatch points have been given out');
    this.table.push(undefined);
    return idp;
  }

  /** Passes over IDPs that another engine of the node has claimed for a change that was taken back. */
  level(length: number): void {
    while (this.table.length < length) this.table.push(undefined);
  }

  /** For rehearsals: what was claimed since `mark` was never given out, and is forgotten. */
  mark(): number {
    return this.table.length;
  }

  forget(mark: number): void {
    this.table.length = mark;
  }

  put(instance: Instance): void {
    this.names.set(instance.name, instance);
    this.table[instance.idp] = instance;
  }

  /** Takes the name away; the block stays reachable by its IDP. */
  removeName(instance: Instance): void {
    if (this.names.get(instance.name) === instance) this.names.delete(instance.name);
  }

  removeIdp(instance: Instance): void {
    if (this.table[instance.idp] === instance) this.table[instance.idp] = undefined;
  }

  has(name: string): boolean {
    return this.names.has(name);
  }

  find(name: string): Instance {
    const instance = this.names.get(name);
    if (instance) return instance;
    checkName(name);
    throw new QuipuError('unknown-name', `no block named "${name}"; "fbctl list" shows all`);
  }

  byIdp(idp: number): Instance | undefined {
    return this.table[idp];
  }

  /** All named blocks, by IDP. */
  all(): Instance[] {
    return [...this.names.values()].sort((a, b) => a.idp - b.idp);
  }
}
