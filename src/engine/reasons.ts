import type { BlockClass } from '../contract/block.js';
import { linkLosses } from '../contract/link.js';

/** Reasons for which the engine itself ends a frame at a block; every block has them. */
export const engineReasons = {
  'unbound-port': 'it left by a port that leads nowhere',
  'invalid-idp': 'it was sent to an information dispatch point that no block holds',
  'hop-limit': 'it entered 256 blocks, or still circled when the graph was changed',
  'pool-empty': 'no free frame in the pool for a copy or a new frame',
  'block-error': 'the block threw an error; see the log',
} as const;

/** Further reasons of blocks that have a link. */
export const linkReasons = {
  'queue-full': 'too many frames waited for the link',
  'link-down': 'the link was down or gone when it was to be sent',
  'send-refused': 'the link refused it; see the log',
  'link-closed': 'it waited for the link when the link was closed',
  unread: 'the application closed its socket without reading it',
  ...linkLosses,
} as const;

/** Every reason that a block of this class can give, in a fixed order: its own come first. */
export function reasonsOf(type: BlockClass): { reasons: string[]; texts: string[] } {
  const all: Record<string, string> = { ...type.drops };
  for (const more of [engineReasons, linkReasons]) {
    for (const [name, text] of Object.entries(more)) all[name] ??= text;
  }
  return { reasons: Object.keys(all), texts: Object.values(all) };
}
