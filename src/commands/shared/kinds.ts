import { catalogue } from '../../blocks/catalogue.js';
import { type GraphKinds, kindsOf } from '../../control/graph-check.js';
import { Hosts } from '../../stack/hosts.js';
import { stackTypes } from '../../stack/types.js';

/** All block types that a graph may name: those of which hosts are made, too. */
export function allKinds(): GraphKinds {
  return kindsOf([...catalogue, ...stackTypes(new Hosts())]);
}
