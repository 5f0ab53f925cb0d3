import { type Link, type LinkSpec, SendStop } from '../contract/link.js';

/** Stands for a link in a rehearsal: it has no frames and takes none. */
export function openNothing(spec: LinkSpec): Link {
  return {
    kind: spec.kind,
    target: spec.kind,
    fd: -1,
    maxSend: 0,
    address: null,
    interfaceIndex: 0,
    hardwareType: 1,
    local: false,
    stopped: SendStop.down,
    lastError: '',
    receive: () => 0,
    send: () => 0,
    losses: () => ({}),
    held: () => 0,
    state: () => 'down',
    dueAt: () => Number.POSITIVE_INFINITY,
    close: () => {},
  };
}
