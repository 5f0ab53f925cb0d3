import { QuipuError } from '../../contract/error.js';

/** Gives privileges up for good, in all threads: the group first, since the user may not change it any more. Throws QuipuError. */
export function becomeUser(user: string | undefined, group: string | undefined): void {
  if (user === undefined && group === undefined) return;
  try {
    process.setgroups?.([]);
    if (group !== undefined) process.setgid?.(idOf(group));
    if (user !== undefined) process.setuid?.(idOf(user));
  } catch (error) {
    const who = [user !== undefined ? `user ${user}` : '', group !== undefined ? `group ${group}` : ''];
    const { message } = error as Error;
    throw new QuipuError(
      'no-privilege',
      `cannot become ${who.filter((one) => one !== '').join(', ')}: ${message}`,
    );
  }
}

/** A number, or a name that the system knows. */
function idOf(text: string): number | string {
  return /^[0-9]+$/.test(text) ? Number(text) : text;
}
