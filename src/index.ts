/**
 * Quipu, a programmable network stack.
 *
 *   const node = await startNode();
 *   await node.transaction([{ do: 'add', name: 'eth0', type: 'ethernet', config: { link: 'eth0' } }]);
 *   const socket = await openSocket(node, { on: 'eth0' });
 *   socket.on('message', (frame) => console.log(frame.length));
 *
 * `Engine` is the same without any thread or OS: for tests, simulations and other programs.
 */
export { hostAgent, hostTlsAgent } from './api/host/agent.js';
export type { DialOptions } from './api/host/dial.js';
export { type HostDispatcher, hostConnector, hostDispatcher } from './api/host/dispatcher.js';
export { createHost, QuipuHost } from './api/host/host.js';
export type { NameOptions } from './api/host/name-service.js';
export type { HostLookup, HostNames } from './api/host/names.js';
export type { ConnectOptions, HostLink, HostOptions } from './api/host/options.js';
export type { Hop, PingAnswer, PingOptions, TracerouteOptions } from './api/host/ping.js';
export { type RemoteCall, type RemoteHost, remoteHost } from './api/host/remote/remote-host.js';
export { RemoteListener, type RemotePlace } from './api/host/remote/remote-listener.js';
export { RemoteSocket } from './api/host/remote/remote-socket.js';
export type { ResolverOptions } from './api/host/resolver/config.js';
export { HostServer } from './api/host/server.js';
export { HostSocket } from './api/host/socket.js';
export type { HostTunnel } from './api/host/tunnels.js';
export type { RemoteInfo } from './api/host/udp-ends.js';
export type { UdpSocketOptions } from './api/host/udp-options.js';
export { HostUdpSocket } from './api/host/udp-socket.js';
export { openSocket, QuipuNode, startNode } from './api/node.js';
export {
  type FrameInfo,
  type Message,
  QuipuSocket,
  type SocketCounts,
  type SocketOptions,
} from './api/socket.js';
export { catalogue } from './blocks/catalogue.js';
export type {
  Block,
  BlockClass,
  BlockContext,
  BlockEvent,
  BlockMode,
  EnginePort,
  LinkPort,
} from './contract/block.js';
export type { Circuit, CircuitState, TrafficContract } from './contract/circuit.js';
export type { Clock, Random } from './contract/clock.js';
export { type Direction, EGRESS, INGRESS } from './contract/direction.js';
export { type ErrorCode, QuipuError } from './contract/error.js';
export { type Frame, type FramePool, PacketType } from './contract/frame.js';
export type { Link, LinkContext, LinkOpener, LinkSpec } from './contract/link.js';
export { CONSUMED, drop, HELD } from './contract/outcome.js';
export type { PortSpec } from './contract/port.js';
export type { Action, ActionInput } from './control/actions.js';
export { ControlClient } from './control/client.js';
export type {
  HostRequestInput,
  HostStatistics,
  HostView,
  SocketRow,
  TcpInfo,
} from './control/host-words.js';
export type { Request, RequestInput, TransactionReport } from './control/service.js';
export type { BlockRow, BlockView, NodeStatus } from './control/views.js';
export type { HostLinkOptions } from './daemon/host-link.js';
export { Engine, type EngineOptions } from './engine/engine.js';
export { type MemoryEnd, memoryEnd, memoryPair } from './links/memory/memory.js';
