import { builtinModules } from 'node:module';
import { posix } from 'node:path';
import { type ImportEdge, importsOf } from './imports.js';
import type { Sources } from './source-files.js';

/** What the files of one room may import beside the room's own files. */
interface Room {
  /** Rooms that it may import; `type x` allows `import type` only. */
  readonly imports?: readonly string[];
  /** Instead of `imports`: every room but these (and never `index.ts`). */
  readonly allBut?: readonly string[];
  /**
   * Node's own modules: `none`, `pure` ones (the default), all of them with `os`; a pattern names the
   * files of the room that may use all of them.
   */
  readonly builtins?: 'none' | 'pure' | 'os' | RegExp;
}

/**
 * The rooms of ARCHITECTURE.md: folders under src/. In a room `x/*` each folder stands for itself; files beside
 * the folders belong to all of them: what they share, and the list of them all (which none of them can import:
 * that were a cycle).
 */
export const rooms: Readonly<Record<string, Room>> = {
  wire: { imports: [], builtins: 'none' },
  bpf: { imports: [], builtins: 'none' },
  contract: { imports: ['type wire'], builtins: 'none' },
  engine: { imports: ['contract'] },
  // Compression and ciphers are functions of bytes, but those modules know chance as well: two files may use them.
  'blocks/*': { imports: ['contract', 'wire', 'bpf'], builtins: /^src\/blocks\/(aes-gcm|deflate)\.ts$/ },
  stack: { imports: ['contract', 'wire'] },
  hooks: { imports: ['contract', 'wire'] },
  atm: { imports: ['contract', 'wire'] },
  arequipa: { imports: ['contract', 'wire'] },
  'tcp-over-atm': { imports: ['contract', 'wire'] },
  'links/*': { imports: ['contract', 'wire', 'linux'] },
  linux: { imports: ['contract', 'wire', 'bpf'], builtins: 'os' },
  control: { imports: ['engine', 'contract'], builtins: /^src\/control\/(server|client)/ },
  console: { imports: ['type control'] },
  traffic: { imports: ['wire'], builtins: 'none' },
  generator: { imports: ['contract', 'wire', 'bpf', 'traffic', 'linux'], builtins: 'os' },
  daemon: { allBut: ['commands', 'testing', 'console'], builtins: 'os' },
  api: {
    imports: ['contract', 'engine', 'blocks', 'links', 'linux', 'control', 'daemon', 'stack', 'wire', 'bpf'],
    builtins: 'os',
  },
  commands: { allBut: ['testing'], builtins: 'os' },
  testing: { allBut: ['commands'], builtins: 'os' },
  'index.ts': { allBut: ['commands', 'testing'] },
};

/** Rooms that may import a package; `type x` allows `import type` only. Other packages: nowhere. */
export const packages: Readonly<Record<string, readonly string[]>> = {
  koffi: ['linux'],
  commander: ['commands'],
  yaml: ['control', 'commands', 'daemon', 'api', 'testing'],
  acorn: ['engine'],
  'dns-packet': ['api', 'testing'],
  zod: [
    'type contract',
    'engine',
    'blocks',
    'stack',
    'links',
    'control',
    'daemon',
    'api',
    'commands',
    'testing',
  ],
  vitest: ['testing'],
  'fast-check': ['testing'],
};

/**
 * A test stands in the room of what it tests; these are open to it in addition, and all of Node's modules. `control`
 * has the words (actions, views) in which tests drive an engine and look at it.
 */
export const inTests = {
  rooms: ['testing', 'control'],
  packages: ['vitest', 'fast-check', 'undici', 'ws'],
} as const;

/** Node's modules that neither touch the OS nor know time or chance. */
export const pureBuiltins: readonly string[] = [
  'assert',
  'assert/strict',
  'buffer',
  'events',
  'path',
  'path/posix',
  'string_decoder',
  'url',
  'util',
  'util/types',
];

/** Checks every import against the tables above; answers one sentence for each offence. */
export function checkImports(sources: Sources): string[] {
  const offences: string[] = [];
  const loads = new Map<string, string[]>();
  for (const [path, text] of sources) {
    if (/^src\/.+\/index\.ts$/.test(path))
      offences.push(`${path}: no index.ts inside src/: import the file meant`);
    const home = roomOf(path);
    if (!home) {
      offences.push(`${path}: stands in no room of the table in test/unit/import-rules.ts`);
      continue;
    }
    const targets: string[] = [];
    for (const edge of importsOf(path, text)) {
      const offence = judge(path, home, edge);
      if (offence) offences.push(`${path}: ${offence}`);
      if (edge.how === 'value' && edge.specifier?.startsWith('.'))
        targets.push(resolve(path, edge.specifier));
    }
    loads.set(path, targets);
  }
  return [...offences, ...cycles(loads)];
}

interface Home {
  /** Key in the table. */
  readonly key: string;
  /** Name by which others import it: `blocks` for all of its folders. */
  readonly name: string;
  /** Its files begin with this. */
  readonly prefix: string;
  /** A file directly in the folder of a room `x/*`. */
  readonly isShared: boolean;
  readonly room: Room;
}

function roomOf(path: string): Home | undefined {
  const [top, name, kind, more] = path.split('/');
  if (top !== 'src' || name === undefined) return undefined;
  const perKind = rooms[`${name}/*`];
  if (perKind) {
    const isShared = more === undefined;
    const key = isShared ? name : `${name}/${kind}`;
    return { key, name, prefix: `src/${key}/`, isShared, room: perKind };
  }
  const room = rooms[name];
  if (!room || (kind === undefined) !== name.endsWith('.ts')) return undefined;
  return { key: name, name, prefix: kind === undefined ? path : `src/${name}/`, isShared: false, room };
}

function judge(path: string, home: Home, edge: ImportEdge): string | undefined {
  const isTest = path.endsWith('.test.ts');
  if (edge.specifier === null) {
    if (isTest || mayTouchOs(path, home)) return undefined;
    return 'a computed import() loads code from the disk: only where the OS may be touched';
  }
  if (edge.specifier.startsWith('.')) return judgeFile(home, isTest, resolve(path, edge.specifier), edge);
  const builtin = builtinName(edge.specifier);
  if (builtin !== undefined) return judgeBuiltin(path, home, isTest, builtin);
  return judgePackage(home, isTest, edge.specifier, edge);
}

function judgeFile(home: Home, isTest: boolean, target: string, edge: ImportEdge): string | undefined {
  if (target.endsWith('.test.ts')) return `imports ${target}: nothing imports a test`;
  if (target.startsWith(home.prefix)) return undefined;
  const goal = roomOf(target);
  if (!goal) return `imports ${target}, which stands in no room`;
  if (isTest && includes(inTests.rooms, goal.name)) return undefined;
  if (goal.name === home.name) {
    if (goal.isShared) return undefined;
    return `${home.key} imports ${goal.key}: each folder of ${home.name}/ stands for itself`;
  }
  const { imports = [], allBut } = home.room;
  if (allBut ? goal.name !== 'index.ts' && !allBut.includes(goal.name) : allows(imports, goal.name, edge))
    return undefined;
  const typesOnly = imports.includes(`type ${goal.name}`) ? ' other than by `import type`' : '';
  return `${home.key} must not import ${goal.key}${typesOnly} (${target})`;
}

function judgeBuiltin(path: string, home: Home, isTest: boolean, builtin: string): string | undefined {
  if (isTest || mayTouchOs(path, home)) return undefined;
  if (home.room.builtins !== 'none' && pureBuiltins.includes(builtin)) return undefined;
  const reason =
    home.room.builtins === 'none' ? 'it imports nothing of Node' : 'only pure modules of Node here';
  return `${home.key} must not import node:${builtin}: ${reason}`;
}

function judgePackage(home: Home, isTest: boolean, specifier: string, edge: ImportEdge): string | undefined {
  const name = specifier.split('/', specifier.startsWith('@') ? 2 : 1).join('/');
  if (isTest && includes(inTests.packages, name)) return undefined;
  const open = packages[name];
  if (!open) return `imports ${name}, which is not in the table of packages`;
  if (allows(open, home.name, edge)) return undefined;
  const typesOnly = open.includes(`type ${home.name}`) ? ' other than by `import type`' : '';
  return `${home.key} must not import the package ${name}${typesOnly}`;
}

function allows(list: readonly string[], name: string, edge: ImportEdge): boolean {
  return list.includes(name) || (edge.how === 'type' && list.includes(`type ${name}`));
}

function includes(list: readonly string[], name: string): boolean {
  return list.includes(name);
}

function mayTouchOs(path: string, home: Home): boolean {
  const { builtins } = home.room;
  return builtins === 'os' || (builtins instanceof RegExp && builtins.test(path));
}

function builtinName(specifier: string): string | undefined {
  if (specifier.startsWith('node:')) return specifier.slice(5);
  return builtinModules.includes(specifier) ? specifier : undefined;
}

function resolve(from: string, specifier: string): string {
  return posix.join(posix.dirname(from), specifier).replace(/\.js$/, '.ts');
}

/** One sentence for each way on which a file comes back to itself. */
function cycles(loads: ReadonlyMap<string, readonly string[]>): string[] {
  const found: string[] = [];
  const done = new Set<string>();
  const trail: string[] = [];
  const visit = (path: string): void => {
    const seenAt = trail.indexOf(path);
    if (seenAt >= 0) found.push(`import cycle: ${[...trail.slice(seenAt), path].join(' -> ')}`);
    if (seenAt >= 0 || done.has(path)) return;
    trail.push(path);
    for (const target of loads.get(path) ?? []) visit(target);
    trail.pop();
    done.add(path);
  };
  for (const path of loads.keys()) visit(path);
  return found;
}
