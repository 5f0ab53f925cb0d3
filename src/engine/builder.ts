import type { BlockClass } from '../contract/block.js';
import { QuipuError } from '../contract/error.js';

/** Block types by name (seed 004 §4.2.2). A class that does not keep the contract is refused here. */
export class Builder {
  private readonly types = new Map<string, BlockClass>();

  register(type: BlockClass): void {
    if (!/^[a-z][a-z0-9]*(-[a-z0-9]+)*$/.test(type.kind) || type.kind.length > 32) {
      throw new QuipuError(
        'bad-name',
        `block type "${type.kind}": use lower case letters, digits and dashes, at most 32`,
      );
    }
    if (this.types.has(type.kind)) {
      throw new QuipuError('name-taken', `block type "${type.kind}" is registered already`);
    }
    this.types.set(type.kind, type);
  }

  find(kind: string): BlockClass {
    const type = this.types.get(kind);
    if (!type) {
      const known = [...this.types.keys()].sort().join(', ');
      throw new QuipuError('unknown-type', `no block type "${kind}"; there are: ${known}`);
    }
    return type;
  }

  all(): BlockClass[] {
    return [...this.types.values()].sort((a, b) => (a.kind < b.kind ? -1 : 1));
  }
}
