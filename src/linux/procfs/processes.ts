/** How many processes there are: entries of /proc whose name is a number. */
export function countProcesses(entries: readonly string[]): number {
  return entries.filter((name) => /^[0-9]+$/.test(name)).length;
}
