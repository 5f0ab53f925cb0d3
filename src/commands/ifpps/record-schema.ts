import { z } from 'zod';

const count = z.number().int().nonnegative();
const rate = z.number().nonnegative().nullable();

const way = z.strictObject({ bytes: count, packets: count, drops: count, errors: count });
const wayRates = z.strictObject({
  bytes: z.number(),
  packets: z.number(),
  drops: z.number(),
  errors: z.number(),
});

/** A line of `ifpps --json`. */
export const recordSchema = z.strictObject({
  time: z.number().describe('seconds since the Unix epoch'),
  seconds: z.number().positive().describe('the time that this sample counts, since the last one'),
  interfaces: z.array(
    z.strictObject({
      name: z.string(),
      state: z.enum(['counted', 'new', 'reset', 'gone']),
      rx: way.describe('totals of the kernel'),
      tx: way,
      counted: z
        .strictObject({ rx: way, tx: way })
        .nullable()
        .describe('since the last sample; null unless the state is "counted"'),
      perSecond: z.strictObject({ rx: wayRates, tx: wayRates }).nullable(),
      interrupts: z
        .array(z.strictObject({ cpu: count, total: count, perSecond: rate }))
        .describe('hardware interrupts, by CPU; empty when it has none of its own'),
    }),
  ),
  cpus: z.array(
    z.strictObject({
      cpu: count,
      percent: z
        .strictObject({
          usr: z.number(),
          sys: z.number(),
          intr: z.number(),
          idl: z.number(),
          iow: z.number(),
          stl: z.number(),
        })
        .nullable(),
      rxSoftirqs: z.strictObject({ total: count, perSecond: rate }),
      txSoftirqs: z.strictObject({ total: count, perSecond: rate }),
    }),
  ),
  system: z.strictObject({
    contextSwitchesPerSecond: rate,
    processes: count,
    running: count,
    waitingForIo: count,
  }),
  memory: z
    .strictObject({ total: count, free: count, available: count, swapTotal: count, swapFree: count })
    .describe('bytes'),
  engines: z
    .array(
      z.strictObject({
        engine: count,
        frames: count,
        bytes: count,
        calls: count,
        backlog: count,
        perSecond: z.strictObject({ frames: z.number(), bytes: z.number(), calls: z.number() }).nullable(),
      }),
    )
    .optional()
    .describe('of the daemon, with --quipu'),
});

export type IfppsRecord = z.infer<typeof recordSchema>;
