import { z } from 'zod';

/** Options of a block that belongs to a host. */
export const hostOption = z
  .string()
  .regex(/^[a-z][a-z0-9-]{0,30}$/, { error: 'a host is named by small letters, digits and dashes' })
  .describe('name of the host that it belongs to');

/** Interfaces of a host at most: a block has a port for each. */
export const MOST_INTERFACES = 32;
