import type { BlockClass } from '../contract/block.js';
import { Bpf } from './bpf/bpf.js';
import { Counter } from './counter/counter.js';
import { Discard } from './discard/discard.js';
import { Ethernet } from './ethernet/ethernet.js';
import { EthernetTagged } from './ethernet-tagged/ethernet-tagged.js';
import { Forward } from './forward/forward.js';
import { Socket } from './socket/socket.js';
import { Tee } from './tee/tee.js';

/** Every block type that comes with Quipu. A new block is added here and nowhere else. */
export const catalogue: readonly BlockClass[] = [
  Bpf,
  Counter,
  Discard,
  Ethernet,
  EthernetTagged,
  Forward,
  Socket,
  Tee,
];
