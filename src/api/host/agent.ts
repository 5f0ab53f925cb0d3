import { Agent, type AgentOptions } from 'node:http';
import { Agent as TlsAgent, type AgentOptions as TlsAgentOptions } from 'node:https';
import type { Duplex } from 'node:stream';
import { type ConnectionOptions, connect as connectTls } from 'node:tls';
import type { HostLookup } from './names.js';
import type { Caller, ConnectOptions } from './options.js';

/** What an agent gives to `createConnection`: options of the request, the agent, `net` and `tls`, as they are. */
type AgentCall = Omit<ConnectionOptions, 'lookup'> & { readonly lookup?: HostLookup | undefined };

/** An agent whose connections are the host's: `http.get({ …, agent })`. */
export function hostAgent(host: Caller, options: AgentOptions = {}): Agent {
  return Object.assign(new Agent(options), {
    createConnection: (to: AgentCall): Duplex => host.connect(connectionOf(to, 80)),
  });
}

/** The same for `https.get`. */
export function hostTlsAgent(host: Caller, options: TlsAgentOptions = {}): TlsAgent {
  return Object.assign(new TlsAgent(options), {
    createConnection: (to: AgentCall): Duplex => {
      const { lookup: _, ...rest } = to;
      return connectTls({ ...rest, socket: host.connect(connectionOf(to, 443)) });
    },
  });
}

function connectionOf(to: AgentCall, port: number): ConnectOptions {
  const { host, lookup, timeout } = to;
  return {
    ...{ host, port: Number(to.port ?? port), lookup },
    ...(timeout === undefined ? {} : { timeout }),
    ...(Reflect.get(to, 'keepAlive') === true ? { keepAlive: true } : {}),
    noDelay: Reflect.get(to, 'noDelay') !== false,
  };
}
