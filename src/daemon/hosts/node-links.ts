import { z } from 'zod';
import type { HostConfig } from '../../api/host/config.js';
import { QuipuError } from '../../contract/error.js';
import type { HostLinkOptions, HostTie } from '../host-link.js';

const nodeLink = z.strictObject({
  kind: z.literal('node'),
  on: z.string().min(1),
  ringBytes: z.int().exactOptional(),
  queueLimit: z.int().min(1).exactOptional(),
});

/** A host's configuration with the memory of its links to the daemon's node in it, which its thread opens them over. */
interface JoinedHost {
  readonly config: HostConfig;
  /** For a host whose thread has ended or was never started: takes its blocks out of the graph. Never rejects. */
  part(): Promise<void>;
}

/**
 * Makes the links of kind `node`, or `node:BLOCK`, of a host of the daemon. Their blocks are named after the host; those of
 * further links also after the link, `h1-eth1`. Rejects with QuipuError; then none is left.
 */
export async function joinToNode(
  config: HostConfig,
  open: (options: HostLinkOptions) => Promise<HostTie>,
): Promise<JoinedHost> {
  const ties: HostTie[] = [];
  const part = async () => void (await Promise.allSettled(ties.map((tie) => tie.leave())));
  try {
    const links: HostConfig['links'] = [];
    for (const link of config.links) {
      const wish = wishOf(link.link);
      if (wish === null) {
        links.push(link);
        continue;
      }
      const name = ties.length === 0 ? config.name : `${config.name}-${link.name}`;
      const tie = await open({ ...wish, name });
      ties.push(tie);
      links.push({ ...link, link: { kind: 'node', on: wish.on, rings: tie.rings } });
    }
    return { config: { ...config, links }, part };
  } catch (error) {
    await part();
    if (error instanceof RangeError) throw new QuipuError('bad-config', `node link: ${error.message}`);
    throw error;
  }
}

/** What is wished of the node, or null for a link of another kind. Throws QuipuError. */
function wishOf(link: HostConfig['links'][number]['link']): Omit<z.infer<typeof nodeLink>, 'kind'> | null {
  if (typeof link === 'string') return link.startsWith('node:') ? { on: link.slice(5) } : null;
  if (link.kind !== 'node') return null;
  const { success, data, error } = nodeLink.safeParse(link);
  if (success) {
    const { kind: _, ...wish } = data;
    return wish;
  }
  const [{ path, message }] = error.issues;
  throw new QuipuError('bad-config', `node link: ${[path.join('.'), message].filter(Boolean).join(': ')}`);
}
