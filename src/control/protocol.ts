import type { ErrorCode } from '../contract/error.js';

/**
 * The daemon's API: HTTP/1.1 over a Unix socket (mode 0600).
 *
 *   POST /v1/request                 a Request of service.ts as JSON; answers { "result": … }
 *   POST /v1/down                    ends the daemon; answers { "result": final status } when all is closed
 *   GET  /v1/log?last=N&follow=1     lines of text
 *   GET  /v1/tap?target=T&drops=1    pcapng until the client goes; T is BLOCK or BLOCK:PORT
 *   GET  /v1/trace?count=N&filter=F&through=B  one TracedFrame as JSON per line; ends after N; with B, only of frames
 *                                that enter this block, with the JavaScript stack there; ends when it is removed
 *   POST /v1/socket?name=S&on=B&filter=F&queue=N   opens a socket block: pcapng both ways
 *   POST /v1/generators              a GeneratorRequest of generator-words.ts; answers { "result": … }
 *   GET  /v1/generator-events?user=U&pid=P   registers a shell; one GeneratorEvent as JSON per line until it goes
 *   POST /v1/hosts                   a HostsRequest of host-words.ts, about the hosts in the daemon; answers { "result": … }
 *
 * A host serves the same on a socket of its own (`hostSocketPath`), without down, socket, generators and hosts, and
 * besides:
 *
 *   POST /v1/host                    a HostRequest of host-words.ts; answers { "result": … }
 *   GET  /v1/host/connect?host=H&port=P   with `Upgrade: quipu-stream`: calls; 101 once connected, then both ways pieces of
 *                                bytes with their length in front (u32, big endian), of which one of length 0 ends its direction;
 *                                a connection that ends before was cut off. Errors as below, before the 101
 *   GET  /v1/host/listen?port=P&address=A   a ListenLine as JSON per line; the listener is closed when the client goes
 *   GET  /v1/host/accept?id=N        with `Upgrade: quipu-stream`: takes a call that `listen` told of; 101, then the same
 *
 * Errors: { "error": { "code", "message" } } with a 4xx or 5xx status.
 */
export const paths = {
  request: '/v1/request',
  down: '/v1/down',
  log: '/v1/log',
  tap: '/v1/tap',
  trace: '/v1/trace',
  socket: '/v1/socket',
  generators: '/v1/generators',
  generatorEvents: '/v1/generator-events',
  hosts: '/v1/hosts',
  host: '/v1/host',
  hostConnect: '/v1/host/connect',
  hostListen: '/v1/host/listen',
  hostAccept: '/v1/host/accept',
} as const;

/** The protocol to which connections of a host's sockets are upgraded. */
export const STREAM_PROTOCOL = 'quipu-stream';

/** Largest request body: a transaction of some ten thousand actions. */
export const MAX_BODY = 8 << 20;

/** Deepest nesting of a request. */
export const MAX_NESTING = 64;

/** Largest head of a request: filters of 4096 instructions are written into queries. */
export const MAX_QUERY = 512 << 10;

export interface ErrorBody {
  readonly error: { readonly code: ErrorCode; readonly message: string };
}

/** What `status` says of the process, beside the engine's own. */
export interface DaemonInfo {
  readonly version: string;
  readonly pid: number;
  readonly uptimeSeconds: number;
  readonly socket: string;
  readonly rssBytes: number;
}
