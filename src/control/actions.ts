import { z } from 'zod';
import { noProtoKey } from './open-keys.js';

const name = z.string().min(1).max(200);
const options = noProtoKey(z.record(z.string(), z.unknown()));

/**
 * The changes that a transaction is made of: every command of the seed's fbctl (004 §5.2.6), and single edges.
 * `untyped` says that option values came as text (`size=10`) and may stand for numbers or booleans.
 */
export const actionSchema = z.discriminatedUnion('do', [
  z.strictObject({
    do: z.literal('add'),
    name,
    type: z.string().max(100),
    config: options.default({}),
    untyped: z.boolean().default(false),
  }),
  z.strictObject({ do: z.literal('rm'), name, mode: z.enum(['unused', 'force', 'later']).default('unused') }),
  z.strictObject({ do: z.literal('set'), name, options, untyped: z.boolean().default(false) }),
  z.strictObject({ do: z.literal('bind'), upper: name, lower: name }),
  z.strictObject({ do: z.literal('unbind'), upper: name, lower: name }),
  z.strictObject({ do: z.literal('connect'), from: name, port: name, to: name }),
  z.strictObject({ do: z.literal('disconnect'), from: name, port: name }),
  z.strictObject({ do: z.literal('subscribe'), who: name, to: name }),
  z.strictObject({ do: z.literal('unsubscribe'), who: name, to: name }),
  z.strictObject({ do: z.literal('replace'), old: name, new: name, drop: z.boolean().default(false) }),
  z.strictObject({
    do: z.literal('notify'),
    from: name,
    event: z.string().regex(/^[a-z][a-z0-9-]{0,31}$/, 'lower case letters, digits, dashes; at most 32'),
    payload: z.unknown().optional(),
  }),
]);

export type Action = z.infer<typeof actionSchema>;
/** An action as a caller writes it, defaults left out. */
export type ActionInput = z.input<typeof actionSchema>;

export const MAX_ACTIONS = 10_000;
export const actionsSchema = z
  .array(actionSchema)
  .max(MAX_ACTIONS, `at most ${MAX_ACTIONS} actions in a transaction`);

/** One line for people, in the words of fbctl. */
export function describeAction(action: Action): string {
  switch (action.do) {
    case 'add':
      return `add ${action.name} ${action.type}${optionText(action.config)}`;
    case 'rm':
      return `rm ${action.name}${action.mode === 'unused' ? '' : ` --${action.mode}`}`;
    case 'set':
      return `set ${action.name}${optionText(action.options)}`;
    case 'bind':
    case 'unbind':
      return `${action.do} ${action.upper} ${action.lower}`;
    case 'connect':
      return `bind ${action.from}:${action.port} ${action.to}`;
    case 'disconnect':
      return `unbind ${action.from}:${action.port}`;
    case 'subscribe':
    case 'unsubscribe':
      return `${action.do} ${action.who} ${action.to}`;
    case 'replace':
      return `replace ${action.old} ${action.new}${action.drop ? ' --drop' : ''}`;
    case 'notify':
      return `notify ${action.from} ${action.event}`;
  }
}

function optionText(values: Record<string, unknown>): string {
  return Object.entries(values)
    .map(([key, value]) => ` ${key}=${shorten(typeof value === 'string' ? value : JSON.stringify(value))}`)
    .join('');
}

function shorten(text: string): string {
  const oneLine = text.replace(/\s+/g, ' ').trim();
  return oneLine.length > 60 ? `${oneLine.slice(0, 57)}...` : oneLine;
}
