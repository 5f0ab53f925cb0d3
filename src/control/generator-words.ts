import { z } from 'zod';
import type { ErrorCode } from '../contract/error.js';

/** The words of the daemon's traffic generators: packets and generators have names that all users share. */

/** Names are typed often, and stand in lines of commands: a letter, then letters, digits, `_ . -`. */
const name = z
  .string()
  .regex(
    /^[A-Za-z][A-Za-z0-9_.-]{0,31}$/,
    'a name begins with a letter; up to 31 letters, digits, "_", "." and "-" follow',
  )
  .refine((text) => text !== 'all', '"all" means all of them and names none');

/** Highest seed: 32 bits. */
export const MAX_SEED = 0xffff_ffff;
/** Most workers of a generator. */
export const MAX_WORKERS = 64;
/** Longest text of a packet, in characters. */
export const MAX_PACKET_TEXT = 4 << 20;

/** How fast: a `Pace` of generator/generator.ts, and as `WrittenPace` of traffic/rates.ts. */
const pace = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('full') }),
  z.strictObject({ kind: z.literal('gap'), nanoseconds: z.number().positive() }),
  z.strictObject({ kind: z.literal('packets'), perSecond: z.number().positive() }),
  z.strictObject({ kind: z.literal('bits'), perSecond: z.number().positive() }),
]);

/** What a generator is told. `null` takes a limit away again. */
const settings = z.strictObject({
  packet: name,
  device: z.string().min(1).max(15),
  pace,
  /** Frames in all; null: until it is stopped. */
  count: z.int().positive().nullable(),
  /** One worker for each; null: one, where the scheduler puts it. */
  cpus: z.array(z.int().min(0).max(8191)).min(1).max(MAX_WORKERS).nullable(),
  /** Null: a new one each time. */
  seed: z.int().min(0).max(MAX_SEED).nullable(),
  way: z.enum(['auto', 'xdp', 'packet']),
  /** The next packet is drawn by chance. */
  shuffled: z.boolean(),
  /** Through the device's queueing discipline. */
  queueingDiscipline: z.boolean(),
});

export type GeneratorSettings = z.infer<typeof settings>;

/** What is set unless somebody says otherwise. */
export const defaultSettings: Omit<GeneratorSettings, 'packet' | 'device'> = {
  pace: { kind: 'full' },
  count: null,
  cpus: null,
  seed: null,
  way: 'auto',
  shuffled: false,
  queueingDiscipline: false,
};

const replace = z.boolean().default(false);
/** Some generators, or all of them. */
const some = z.union([z.literal('all'), z.array(name).min(1).max(1000)]);

const operation = z.discriminatedUnion('op', [
  z.strictObject({ op: z.literal('packets') }),
  z.strictObject({ op: z.literal('packet'), name }),
  z.strictObject({ op: z.literal('set-packet'), name, text: z.string().max(MAX_PACKET_TEXT), replace }),
  z.strictObject({ op: z.literal('remove-packet'), name }),
  z.strictObject({ op: z.literal('generators'), names: some.default('all') }),
  z.strictObject({
    op: z.literal('set-generator'),
    name,
    settings: settings.partial().required({ packet: true, device: true }),
    replace,
  }),
  z.strictObject({ op: z.literal('change-generator'), name, settings: settings.partial() }),
  z.strictObject({ op: z.literal('remove-generator'), name }),
  z.strictObject({ op: z.literal('start'), names: some }),
  z.strictObject({ op: z.literal('stop'), names: some }),
  z.strictObject({ op: z.literal('devices') }),
  z.strictObject({ op: z.literal('device'), name: z.string().max(100) }),
  z.strictObject({ op: z.literal('users') }),
]);

/** Control characters would let a name write on other users' terminals. */
const login = z.string().regex(/^[^\p{C}]{1,64}$/u, 'a login name has 1 to 64 printable characters');

/** One request: who asks, from which shell if it is one that stays, and what. */
export const generatorRequestSchema = z.strictObject({
  by: login,
  /** Number of the asker's event stream: what it does itself is not told there. */
  session: z.int().optional(),
  ask: operation,
});

export type GeneratorRequest = z.infer<typeof generatorRequestSchema>;
export type GeneratorRequestInput = z.input<typeof generatorRequestSchema>;
export type GeneratorOperation = z.infer<typeof operation>;
export type GeneratorOperationInput = z.input<typeof operation>;

/** Query of the event stream. */
export const sessionSchema = z.strictObject({
  user: login,
  pid: z.coerce.number().pipe(z.int().positive()),
});

/** Who did something, and when (ISO 8601, UTC). */
export interface Authorship {
  readonly by: string;
  readonly at: string;
}

export interface PacketRow {
  readonly name: string;
  /** How many packets its text describes. */
  readonly packets: number;
  /** Bytes of each, at most the first 1000. */
  readonly lengths: readonly number[];
  readonly made: Authorship;
  /** Generators that send it. */
  readonly generators: readonly string[];
}

export interface PacketView extends PacketRow {
  readonly text: string;
  readonly warnings: readonly string[];
}

/**
 * `idle`: never started since it was set. `ended`: sent its count. `stopped`: by a user. `failed`: `error` says why.
 */
export type GeneratorState = 'idle' | 'starting' | 'running' | 'stopping' | 'ended' | 'stopped' | 'failed';

/** `GeneratorFigures` of generator/generator.ts. */
export interface SentFigures {
  readonly frames: number;
  readonly bytes: number;
  readonly waits: number;
  readonly refused: Readonly<Record<string, number>>;
  readonly micros: number;
  readonly seed: number;
  readonly workers: readonly {
    readonly cpu: number | null;
    readonly way: 'xdp' | 'packet';
    readonly frames: number;
    readonly bytes: number;
  }[];
}

export interface GeneratorView {
  readonly name: string;
  readonly settings: GeneratorSettings;
  readonly made: Authorship;
  readonly state: GeneratorState;
  /** Who started it last, and when. */
  readonly started: Authorship | null;
  /** Of its last run; exact unless it runs. */
  readonly figures: SentFigures | null;
  readonly error: string | null;
}

/** What `start` and `stop` did to each generator: a view, or why not. */
export interface GeneratorOutcome {
  readonly name: string;
  readonly view: GeneratorView | null;
  readonly error: { readonly code: ErrorCode; readonly message: string } | null;
}

/** A network device as the daemon's kernel has it; counters since it was made. */
export interface DeviceRow {
  readonly name: string;
  readonly up: boolean;
  /** Has a carrier. */
  readonly running: boolean;
  readonly mtu: number;
  /** `02:00:00:00:00:01`, or empty where there is none. */
  readonly address: string;
  readonly received: DeviceCounters;
  readonly sent: DeviceCounters;
  /** Generators that send on it. */
  readonly generators: readonly string[];
}

export interface DeviceCounters {
  readonly packets: number;
  readonly bytes: number;
  readonly errors: number;
  readonly dropped: number;
}

export interface UserRow {
  /** Number of the session. */
  readonly session: number;
  readonly user: string;
  readonly pid: number;
  /** ISO 8601, UTC. */
  readonly since: string;
}

/** Something that all users are told. */
export interface GeneratorChange extends Authorship {
  readonly what:
    | 'packet-set'
    | 'packet-removed'
    | 'generator-set'
    | 'generator-removed'
    | 'started'
    | 'stopped'
    | 'ended'
    | 'failed'
    | 'joined'
    | 'left';
  /** Of the packet, generator or user. */
  readonly name: string;
  /** A sentence for people: `alice started g1`. */
  readonly text: string;
}

/** A line of the event stream. The first one is `hello`, with the stream's own number. */
export type GeneratorEvent =
  | { readonly event: 'hello'; readonly session: number }
  | ({ readonly event: 'change' } & GeneratorChange)
  /** So many changes found no room: the reader was slow. */
  | { readonly event: 'lost'; readonly count: number };
