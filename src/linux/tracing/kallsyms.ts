/** A symbol of the running kernel. */
export interface KernelSymbol {
  readonly name: string;
  /** False: data, of which no call can be traced. */
  readonly isFunction: boolean;
}

/** Finds a symbol in the text of /proc/kallsyms (proc(5)): a function rather than data of the same name. */
export function findSymbol(kallsyms: string, name: string): KernelSymbol | undefined {
  const found: KernelSymbol[] = [];
  for (let at = kallsyms.indexOf(` ${name}`); at >= 0; at = kallsyms.indexOf(` ${name}`, at + 1)) {
    const start = kallsyms.lastIndexOf('\n', at) + 1;
    const end = kallsyms.indexOf('\n', at);
    const symbol = parseLine(kallsyms.slice(start, end < 0 ? undefined : end));
    if (symbol?.name === name) found.push(symbol);
  }
  return found.find(({ isFunction }) => isFunction) ?? found[0];
}

/** The names of all functions. */
export function functionNames(kallsyms: string): string[] {
  return kallsyms.split('\n').flatMap((line) => {
    const symbol = parseLine(line);
    return symbol?.isFunction ? [symbol.name] : [];
  });
}

/** ADDRESS TYPE NAME, and in brackets the module that it is part of, if it is. */
function parseLine(line: string): KernelSymbol | undefined {
  const found = /^[0-9a-f]+ (\S) (\S+)(?:\s+\[[^\]]+\])?\s*$/i.exec(line);
  if (found === null) return undefined;
  const [, type, name] = found;
  return { name, isFunction: /^[tTwW]$/.test(type) };
}
