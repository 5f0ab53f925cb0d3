import { Agent, type AgentOptions } from 'node:http';
import type { Duplex } from 'node:stream';
import type { QuipuHost } from './host.js';

/** An agent whose connections are the host's: `http.get({ …, agent })`. */
export function hostAgent(host: QuipuHost, options: AgentOptions = {}): Agent {
  return Object.assign(new Agent(options), {
    createConnection: (to: { host?: string; port?: number | string }): Duplex =>
      host.connect({ host: to.host ?? '127.0.0.1', port: Number(to.port ?? 80) }),
  });
}
