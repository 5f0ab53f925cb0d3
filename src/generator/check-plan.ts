import { QuipuError } from '../contract/error.js';
import { DeviceFlag, HardwareType, NetDevices } from '../linux/netdev.js';
import { ETHERNET_HEADER, ETHERTYPE_QINQ, ETHERTYPE_VLAN } from '../wire/ethernet.js';
import { VLAN_TAG } from '../wire/vlan.js';
import type { GeneratorPlan, Pace } from './generator.js';
import { type Ingredients, packetsOf, type SourcePacket } from './packets.js';

/** Looks at a plan before anything is started. Answers the workers that have packets to send. Throws QuipuError. */
export function checkPlan(plan: GeneratorPlan, workers: number, ingredients: Ingredients): number[] {
  const { device, source } = plan;
  checkNumbers(plan);
  checkPace(plan, workers);
  if (plan.way === 'xdp' && plan.queueingDiscipline) {
    throw new QuipuError('bad-request', 'AF_XDP goes past the queueing discipline: use the way "packet"');
  }
  const surroundings = { ...ingredients.surroundings, random: () => 0 };
  const packets = Array.from({ length: workers }, (_, worker) =>
    packetsOf(source, { worker, workers }, surroundings),
  );
  const limits = limitsOf(plan);
  for (const packet of new Set(packets.flat())) checkLength(packet, device, limits);
  const active = packets.flatMap((list, worker) => (list.length > 0 ? [worker] : []));
  if (active.length > 0) return active;
  const what = source.kind === 'text' ? source.name : 'the capture';
  const why = workers === 1 ? 'no packet' : `no packet for any of the workers 0 to ${workers - 1}`;
  throw new QuipuError('bad-config', `${what}: there is ${why} to send`);
}

function checkNumbers({ pace, count, ringFrames }: GeneratorPlan): void {
  const value = paceValue(pace);
  if (!(value > 0) || value === Number.POSITIVE_INFINITY) {
    throw new QuipuError('bad-request', `a pace of ${value}: it has to be more than 0`);
  }
  if (count !== undefined && !(Number.isSafeInteger(count) && count > 0)) {
    throw new QuipuError('bad-request', `a count of ${count}: it has to be a whole number of at least 1`);
  }
  if (ringFrames !== undefined && !(Number.isSafeInteger(ringFrames) && ringFrames > 0)) {
    throw new QuipuError('bad-request', `a ring of ${ringFrames} frames: it has to have at least 1`);
  }
}

function paceValue(pace: Pace): number {
  switch (pace.kind) {
    case 'gap':
      return pace.nanoseconds;
    case 'packets':
    case 'bits':
      return pace.perSecond;
    default:
      return 1;
  }
}

/** Looks whether there are times for a recorded pace. Throws QuipuError. */
export function checkPace(
  { pace, source, shuffled }: Pick<GeneratorPlan, 'pace' | 'source' | 'shuffled'>,
  workers: number,
): void {
  if (pace.kind !== 'recorded') return;
  if (source.kind !== 'frames' || source.at?.length !== source.frames.length) {
    throw new QuipuError('bad-request', 'only frames of a capture have a recorded pace');
  }
  if (workers > 1 || shuffled) {
    throw new QuipuError('bad-request', 'a recorded pace goes with one worker, and frames in their order');
  }
}

interface Limits {
  readonly least: number;
  readonly most: number;
  readonly mtu: number;
  /** First two bytes of tags by which a frame may be longer. */
  readonly tags: readonly number[];
}

/** What frames the device takes. */
function limitsOf({ device, longest, way }: GeneratorPlan): Limits {
  const devices = new NetDevices();
  try {
    const mtu = devices.mtu(device);
    const { type } = devices.hardware(device);
    const isEthernet = type === HardwareType.ethernet || type === HardwareType.loopback;
    if ((devices.flags(device) & DeviceFlag.up) === 0) {
      throw new QuipuError('link-failed', `device ${device} is down; "ip link set dev ${device} up"`);
    }
    // A packet socket has room for this one tag only (packet_extra_vlan_len_allowed of af_packet.c).
    const tags = way === 'xdp' ? [ETHERTYPE_VLAN, ETHERTYPE_QINQ] : [ETHERTYPE_VLAN];
    const header = isEthernet ? ETHERNET_HEADER : 0;
    return { least: Math.max(1, header), most: Math.min(longest ?? Infinity, mtu + header), mtu, tags };
  } finally {
    devices.close();
  }
}

function checkLength(
  { name, bytes }: SourcePacket,
  device: string,
  { least, most, mtu, tags }: Limits,
): void {
  const { length } = bytes;
  if (length < least) {
    throw new QuipuError(
      'bad-config',
      `${name}: ${length} bytes are too few: ${device} takes ${least} and more`,
    );
  }
  const isTagged = tags.includes((bytes[12] << 8) | bytes[13]);
  if (length <= most + (isTagged ? VLAN_TAG : 0)) return;
  const remedy = `"ip link set dev ${device} mtu ${length - ETHERNET_HEADER}" where the device can`;
  throw new QuipuError(
    'bad-config',
    `${name}: ${length} bytes are too many: ${device} takes up to ${most} (its MTU is ${mtu}); ${remedy}`,
  );
}
