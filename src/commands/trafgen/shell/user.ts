import { userInfo } from 'node:os';

/** Who is at the keyboard: who became root by sudo, else who logged in. Printable, at most 64 characters. */
export function loginName(environment: Readonly<Record<string, string | undefined>>): string {
  const { SUDO_USER, LOGNAME, USER } = environment;
  const name = (SUDO_USER || LOGNAME || USER || systemName()).replace(/\p{C}/gu, '');
  return [...name].slice(0, 32).join('') || 'somebody';
}

function systemName(): string {
  try {
    return userInfo().username;
  } catch {
    return `uid ${process.getuid?.() ?? 0}`; // has no entry in the list of users
  }
}
