import { accessSync, constants, readFileSync } from 'node:fs';
import { release } from 'node:os';
import { QuipuError } from '../../contract/error.js';
import type { ControlClient } from '../../control/client.js';
import type { TraceDirectory } from '../../linux/tracing/directory.js';
import type { WayState } from '../../linux/tracing/survey.js';
import type { Tracefs } from '../../linux/tracing/tracefs.js';
import type { DaemonStatus } from './status-text.js';

export interface Check {
  readonly what: string;
  readonly ok: boolean;
  /** False: without it only a part of Quipu is missing, which the detail names. */
  readonly needed: boolean;
  /** What was found, or what is wrong and the remedy. */
  readonly detail: string;
}

const VIRTUAL_DEVICES = 'virtual devices (/dev/net/tun)';
/** Oldest Node that is supported: `engines` of package.json. */
const NODE = [20, 19] as const;
// linux/capability.h
const CAP_NET_ADMIN = 12;
const CAP_NET_RAW = 13;
/** Receive buffer, in bytes, from which bursts at full rate survive a pause of the process. */
const GOOD_BUFFER = 4 << 20;

/** What can be read off without trying anything. */
export function machineChecks(): Check[] {
  const status = read('/proc/self/status');
  const capabilities = capabilitiesIn(status);
  const [major, minor] = process.versions.node.split('.').map(Number);
  const isNewNode = major > NODE[0] || (major === NODE[0] && minor >= NODE[1]);
  const admin = hasCapability(capabilities, CAP_NET_ADMIN);
  return [
    {
      what: 'Node.js',
      needed: true,
      ok: isNewNode,
      detail: isNewNode
        ? process.versions.node
        : `${process.versions.node} is too old: install ${NODE.join('.')} or newer`,
    },
    capabilityCheck('CAP_NET_RAW', hasCapability(capabilities, CAP_NET_RAW), 'to hook interfaces'),
    capabilityCheck(
      'CAP_NET_ADMIN',
      admin,
      'for promiscuous mode, virtual devices and large receive buffers',
    ),
    bufferCheck(Number(read('/proc/sys/net/core/rmem_max')), admin),
    lockCheck(read('/proc/self/limits')),
  ];
}

/** Effective capabilities in the text of /proc/self/status. */
export function capabilitiesIn(status: string): bigint {
  const found = /^CapEff:\s*([0-9a-f]+)$/m.exec(status);
  return found ? BigInt(`0x${found[1]}`) : 0n;
}

function hasCapability(capabilities: bigint, bit: number): boolean {
  return ((capabilities >> BigInt(bit)) & 1n) === 1n;
}

function capabilityCheck(what: string, ok: boolean, purpose: string): Check {
  return {
    what,
    ok,
    needed: true,
    detail: ok ? 'granted' : `missing ${purpose}: run as root, or grant it to the process`,
  };
}

function bufferCheck(limit: number, admin: boolean): Check {
  const ok = admin || limit >= GOOD_BUFFER;
  const detail = ok
    ? `${admin ? 'not limited (CAP_NET_ADMIN)' : `${limit} bytes`}`
    : `${limit} bytes are few for bursts: sysctl -w net.core.rmem_max=${GOOD_BUFFER}`;
  return { what: 'receive buffer limit', ok, needed: false, detail };
}

/** For the record only: BPF programs are not counted against it since Linux 5.11, and io xdp says so when it needs more. */
function lockCheck(limits: string): Check {
  const soft = /^Max locked memory\s+(\S+)/m.exec(limits)?.[1] ?? 'unknown';
  return {
    what: 'locked memory limit',
    ok: true,
    needed: false,
    detail: /^\d+$/.test(soft) ? `${soft} bytes` : soft,
  };
}

/**
 * What has to be tried: in a network namespace of its own, which is gone at once, so that no interface of this
 * machine is touched.
 */
export async function kernelChecks(): Promise<Check[]> {
  const parts = await loadParts();
  if ('failed' in parts) {
    const detail = `cannot be loaded (${parts.failed}): run "npm ci" again on this machine`;
    return [{ what: 'system calls (koffi)', ok: false, needed: true, detail }];
  }
  const { netns, netdev, packet, tun, tcx } = parts;
  const found: Check[] = [{ what: 'system calls (koffi)', ok: true, needed: true, detail: 'loaded' }];
  const tryPacket = () => {
    const devices = new netdev.NetDevices();
    const index = devices.index('lo');
    devices.close();
    new packet.PacketSocket('lo', index, { promiscuous: false, receiveBuffer: 65_536 }).close();
  };
  const tryTun = () => {
    parts.libc.libc().close(tun.openTun('tap', 'quipu-doctor').fd);
  };
  const tryXdp = () => {
    const socket = new parts.xdpSocket.XdpSocket('lo');
    try {
      socket.offsets();
      const devices = new netdev.NetDevices();
      const index = devices.index('lo');
      devices.close();
      parts.xdpProgram.redirectTo(socket.fd, 'lo', index).close();
    } finally {
      socket.close();
    }
  };
  const trials = () => {
    found.push(attempt('packet sockets (AF_PACKET)', true, tryPacket));
    found.push(attempt(VIRTUAL_DEVICES, false, tryTun));
    found.push(attempt('io xdp (AF_XDP and bpf)', false, tryXdp));
  };
  const inside = attempt('network namespaces', false, () => {
    netns.withNamespace('/proc/thread-self/ns/net', () => {
      netns.unshareNetwork();
      trials();
    });
  });
  // Without a namespace only that which leaves no device behind is tried.
  if (!inside.ok) found.push(attempt('packet sockets (AF_PACKET)', true, tryPacket), tunCheck());
  found.push(inside, tcxCheck(tcx.dropIngress));
  found.push(stackTraceCheck(parts.tracefs.openTracefs, parts.survey.surveyWays));
  return found;
}

/** What `otst` can do for kernel functions. */
function stackTraceCheck(open: () => Tracefs, survey: (directory: TraceDirectory) => WayState[]): Check {
  const check = { what: 'kernel stack traces (otst)', needed: false };
  try {
    const tracefs = open();
    try {
      const states = survey(tracefs.directory);
      return { ...check, ok: states.some(({ allowed }) => allowed), detail: waysSentence(states) };
    } finally {
      tracefs.close();
    }
  } catch (error) {
    if (!(error instanceof QuipuError)) throw error;
    return { ...check, ok: false, detail: error.message };
  }
}

/** Which ways to a stack trace there are, and why the others are not. */
export function waysSentence(states: readonly WayState[]): string {
  const allowed = states.filter((state) => state.allowed).map(({ way, detail }) => `by ${way} (${detail})`);
  const others = states
    .filter((state) => !state.allowed)
    .map(({ way, detail }) => `not by ${way}: ${detail}`);
  return [allowed.join(' and '), ...others].filter((text) => text !== '').join('; ');
}

/** What can be said of virtual devices without making one. */
export function tunCheck(path = '/dev/net/tun'): Check {
  const check = { what: VIRTUAL_DEVICES, needed: false };
  try {
    accessSync(path, constants.R_OK | constants.W_OK);
    return { ...check, ok: true, detail: 'can be opened; making a device takes CAP_NET_ADMIN too' };
  } catch (error) {
    const isMissing = (error as NodeJS.ErrnoException).code === 'ENOENT';
    const detail = isMissing
      ? `there is no ${path}: load the module "tun"; in a container, pass the device in`
      : `${path} cannot be opened: run as root, or grant access to it`;
    return { ...check, ok: false, detail };
  }
}

type DropIngress = (device: string, interfaceIndex: number) => { close(): void };

/** No device has this index: the kernel takes the program, and refuses only to attach it. */
function tcxCheck(dropIngress: DropIngress): Check {
  const what = 'exclusive use (bpf and TCX)';
  try {
    dropIngress('a device', 0x7fffffff).close();
  } catch (error) {
    if (!(error instanceof QuipuError)) throw error;
    if (error.code !== 'no-device') return { what, ok: false, needed: false, detail: error.message };
  }
  return { what, ok: true, needed: false, detail: `works, Linux ${release()}` };
}

function attempt(what: string, needed: boolean, trial: () => void): Check {
  try {
    trial();
    return { what, ok: true, needed, detail: 'works' };
  } catch (error) {
    if (!(error instanceof QuipuError)) throw error;
    return { what, ok: false, needed, detail: error.message };
  }
}

/** koffi is native: on a machine that it does not know, its import fails, and the rest should still be told. */
async function loadParts() {
  try {
    const [libc, netns, netdev, packet, tun, tcx, xdpSocket, xdpProgram, tracefs, survey] = await Promise.all(
      [
        import('../../linux/libc.js'),
        import('../../linux/netns.js'),
        import('../../linux/netdev.js'),
        import('../../linux/packet-socket.js'),
        import('../../linux/tun.js'),
        import('../../linux/tcx.js'),
        import('../../linux/xdp-socket.js'),
        import('../../linux/xdp-program.js'),
        import('../../linux/tracing/tracefs.js'),
        import('../../linux/tracing/survey.js'),
      ],
    );
    libc.libc();
    return { libc, netns, netdev, packet, tun, tcx, xdpSocket, xdpProgram, tracefs, survey };
  } catch (error) {
    return { failed: (error as Error).message.split('\n')[0] };
  }
}

/** Not a fault when there is none. */
export async function daemonCheck(client: ControlClient): Promise<Check> {
  const what = 'daemon';
  try {
    const { daemon } = await client.request<DaemonStatus>({ op: 'status' });
    const detail = daemon
      ? `runs, version ${daemon.version}, pid ${daemon.pid}, ${client.socket}`
      : `runs, ${client.socket}`;
    return { what, ok: true, needed: false, detail };
  } catch (error) {
    if (!(error instanceof QuipuError)) throw error;
    const ok = error.code === 'unreachable';
    return {
      what,
      ok,
      needed: false,
      detail: ok ? `none answers on ${client.socket}; "quipu up" starts one` : error.message,
    };
  }
}

function read(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}
