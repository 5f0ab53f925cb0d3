import { QuipuError } from '../../contract/error.js';
import type { ControlClient } from '../../control/client.js';
import type { BlockView } from '../../control/views.js';
import type { Hanging } from '../../control/vlink-text.js';

/** Where a virtual device of the running graph hangs. `at` goes in front of errors. Throws QuipuError. */
export async function hangingOf(client: ControlClient, name: string, at = ''): Promise<Hanging> {
  const views = await client.request<BlockView[]>({ op: 'show-all' });
  const view = views.find((one) => one.name === name);
  if (!view)
    throw new QuipuError(
      'unknown-name',
      `${at}no virtual device named "${name}"; "vlink ethernet list" shows all`,
    );
  if (view.type !== 'ethernet-tagged') {
    throw new QuipuError(
      'bad-request',
      `${at}${name} is no virtual device but of type ${view.type}: use "fbctl rm ${name}"`,
    );
  }
  const port = `tag${String(view.config.id)}`;
  const carrier = views.find((one) => one.edges.some((edge) => edge.port === port && edge.to === name));
  if (!carrier || !view.edges.some((edge) => edge.port === 'egress' && edge.to === carrier.name)) {
    throw new QuipuError(
      'not-bound',
      `${at}${name} is not tied to a carrier any more: remove it with --force`,
    );
  }
  return { carrier: carrier.name, port };
}
