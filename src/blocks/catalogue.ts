import type { BlockClass } from '../contract/block.js';
import { ArpQuerier } from './arp-querier/arp-querier.js';
import { ArpResponder } from './arp-responder/arp-responder.js';
import { Bpf } from './bpf/bpf.js';
import { Bridge } from './bridge/bridge.js';
import { Channel } from './channel/channel.js';
import { CheckIpHeader } from './check-ip-header/check-ip-header.js';
import { CheckPaint } from './check-paint/check-paint.js';
import { Classifier } from './classifier/classifier.js';
import { Codel } from './codel/codel.js';
import { Compress } from './compress/compress.js';
import { Corrupt } from './corrupt/corrupt.js';
import { Counter } from './counter/counter.js';
import { Decompress } from './decompress/decompress.js';
import { DecrementTtl } from './decrement-ttl/decrement-ttl.js';
import { Decrypt } from './decrypt/decrypt.js';
import { Delay } from './delay/delay.js';
import { DestinationNat } from './destination-nat/destination-nat.js';
import { Discard } from './discard/discard.js';
import { DropBroadcasts } from './drop-broadcasts/drop-broadcasts.js';
import { Drr } from './drr/drr.js';
import { Duplicate } from './duplicate/duplicate.js';
import { Encrypt } from './encrypt/encrypt.js';
import { Ethernet } from './ethernet/ethernet.js';
import { EthernetDecap } from './ethernet-decap/ethernet-decap.js';
import { EthernetEncap } from './ethernet-encap/ethernet-encap.js';
import { EthernetTagged } from './ethernet-tagged/ethernet-tagged.js';
import { FlowCounter } from './flow-counter/flow-counter.js';
import { Forward } from './forward/forward.js';
import { HashSwitch } from './hash-switch/hash-switch.js';
import { IcmpError } from './icmp-error/icmp-error.js';
import { IpFragment } from './ip-fragment/ip-fragment.js';
import { IpLink } from './ip-link/ip-link.js';
import { IpOptions } from './ip-options/ip-options.js';
import { IpReassemble } from './ip-reassemble/ip-reassemble.js';
import { Loss } from './loss/loss.js';
import { Meter } from './meter/meter.js';
import { PacedSource } from './paced-source/paced-source.js';
import { Paint } from './paint/paint.js';
import { PaintTee } from './paint-tee/paint-tee.js';
import { Policer } from './policer/policer.js';
import { Prepend } from './prepend/prepend.js';
import { Print } from './print/print.js';
import { Priority } from './priority/priority.js';
import { Queue } from './queue/queue.js';
import { Red } from './red/red.js';
import { Reorder } from './reorder/reorder.js';
import { RoundRobin } from './round-robin/round-robin.js';
import { Route } from './route/route.js';
import { SetDscp } from './set-dscp/set-dscp.js';
import { Shaper } from './shaper/shaper.js';
import { Socket } from './socket/socket.js';
import { SourceNat } from './source-nat/source-nat.js';
import { Strip } from './strip/strip.js';
import { Switch } from './switch/switch.js';
import { Tee } from './tee/tee.js';

/** Every block type that comes with Quipu. A new block is added here and nowhere else. */
export const catalogue: readonly BlockClass[] = [
  ArpQuerier,
  ArpResponder,
  Bpf,
  Bridge,
  Channel,
  CheckIpHeader,
  CheckPaint,
  Classifier,
  Codel,
  Compress,
  Corrupt,
  Counter,
  Decompress,
  DecrementTtl,
  Decrypt,
  Delay,
  DestinationNat,
  Discard,
  DropBroadcasts,
  Drr,
  Duplicate,
  Encrypt,
  Ethernet,
  EthernetDecap,
  EthernetEncap,
  EthernetTagged,
  FlowCounter,
  Forward,
  HashSwitch,
  IcmpError,
  IpFragment,
  IpLink,
  IpOptions,
  IpReassemble,
  Loss,
  Meter,
  PacedSource,
  Paint,
  PaintTee,
  Policer,
  Prepend,
  Print,
  Priority,
  Queue,
  Red,
  Reorder,
  RoundRobin,
  Route,
  SetDscp,
  Shaper,
  Socket,
  SourceNat,
  Strip,
  Switch,
  Tee,
];
