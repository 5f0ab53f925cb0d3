import { z } from 'zod';

/** Which frames of a translating block go out. */
export const outwardOption = z
  .enum(['ingress', 'egress', 'address'])
  .default('ingress')
  .describe('frames that go out: those on their way up, on their way down, or told by their addresses');

/** Port number by which frames go out, and at the same time their direction; answers leave by the other. */
export function outwardPort(outward: z.infer<typeof outwardOption>): 0 | 1 {
  return outward === 'egress' ? 1 : 0;
}
