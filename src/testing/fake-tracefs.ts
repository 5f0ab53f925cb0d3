import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { type TraceDirectory, traceDirectory } from '../linux/tracing/directory.js';

/** What a kernel has of the parts that trace stacks. */
export interface FakeKernel {
  readonly kprobes?: boolean;
  /** `locked`: the tracer is there, and whoever opens its filter is refused. */
  readonly functions?: 'none' | 'locked' | 'open';
  readonly events?: readonly string[];
  /** Error name with which the kernel answers a line that is written to a file; undefined: it takes it. */
  readonly refuse?: (
    path: string,
    line: string,
  ) => 'EINVAL' | 'EBUSY' | 'ENOENT' | 'EADDRNOTAVAIL' | undefined;
  readonly errorLog?: string;
}

export interface FakeTracefs {
  readonly directory: TraceDirectory;
  readonly root: string;
  /** What was written, as `FILE < LINE`, and the instances made and removed. */
  readonly log: string[];
  /** Has an instance trace this text, and its trigger count down. */
  fire(instance: string, text: string): void;
  /** As if a process read the pipe: the instance cannot be removed. */
  busy: boolean;
  close(): void;
}

const NUMBERS = { EPERM: 1, ENOENT: 2, EBUSY: 16, EINVAL: 22, EADDRNOTAVAIL: 99 } as const;
const NO_TRIGGER = '# Available triggers:\n# traceon traceoff stacktrace enable_event disable_event\n';
const NO_FILTER = '#### all functions enabled ####\n';

/** Plain files in a temporary folder that behave like tracefs as far as `otst` writes to it. */
export function fakeTracefs(kernel: FakeKernel = {}): FakeTracefs {
  const { kprobes = false, functions = 'none', events = [], refuse = () => undefined } = kernel;
  const root = mkdtempSync(join(tmpdir(), 'quipu-tracefs-'));
  const log: string[] = [];
  const at = (path: string) => join(root, path);
  const put = (path: string, text: string) => {
    mkdirSync(dirname(at(path)), { recursive: true });
    writeFileSync(at(path), text);
  };
  const plain = traceDirectory(root);
  const made: string[] = [...events];
  mkdirSync(at('instances'));
  put('available_events', `${events.join('\n')}\n`);
  put('available_tracers', functions === 'none' ? 'blk nop\n' : 'blk function nop\n');
  put('error_log', kernel.errorLog ?? '');
  if (functions !== 'none') put('set_ftrace_filter', NO_FILTER);
  if (kprobes) put('kprobe_events', '');

  const fileOf = (instance: string, event: string) =>
    `instances/${instance}/events/${event.replace(':', '/')}/trigger`;
  const changeKprobes = (line: string) => {
    const [, sign, group, event] = /^([p-]):(\w+)\/(\w+)/.exec(line) ?? [];
    const others = readFileSync(at('kprobe_events'), 'utf8')
      .split('\n')
      .filter((one) => one !== '' && !one.startsWith(`p:${group}/${event} `));
    put('kprobe_events', [...others, ...(sign === 'p' ? [line] : [])].map((one) => `${one}\n`).join(''));
    const name = `${group}:${event}`;
    for (const instance of plain.names('instances')) {
      if (sign === 'p') put(fileOf(instance, name), NO_TRIGGER);
      else rmSync(dirname(at(fileOf(instance, name))), { recursive: true });
    }
    if (sign === 'p') made.push(name);
  };
  const fake: FakeTracefs = {
    root,
    log,
    busy: false,
    directory: {
      ...plain,
      tryOpen: (path) => {
        if (functions === 'locked' && path.endsWith('set_ftrace_filter')) throw refusal('EPERM');
        plain.tryOpen(path);
      },
      write: (path, line) => {
        log.push(`${path} < ${line}`);
        if (!existsSync(at(path))) throw refusal('ENOENT');
        const refused = refuse(path, line);
        if (refused !== undefined) throw refusal(refused);
        const count = /:(\d+)$/.exec(line)?.[1];
        if (path === 'kprobe_events') changeKprobes(line);
        else if (path.endsWith('/trigger'))
          put(path, line.startsWith('!') ? NO_TRIGGER : `stacktrace:count=${count}\n`);
        else if (path.endsWith('/set_ftrace_filter'))
          put(
            path,
            line.startsWith('!') ? NO_FILTER : `${NO_FILTER}${line.replace(/\d+$/, `count=${count}`)}\n`,
          );
        else plain.write(path, line);
      },
      makeInstance: (name) => {
        log.push(`made ${name}`);
        plain.makeInstance(name);
        for (const file of ['buffer_size_kb', 'trace_options', 'trace', 'trace_pipe'])
          put(`instances/${name}/${file}`, '');
        for (const event of made) put(fileOf(name, event), NO_TRIGGER);
        if (functions !== 'none') put(`instances/${name}/set_ftrace_filter`, NO_FILTER);
      },
      removeInstance: (name) => {
        if (fake.busy) throw refusal('EBUSY');
        log.push(`removed ${name}`);
        rmSync(at(`instances/${name}`), { recursive: true });
      },
    },
    fire: (instance, text) => {
      for (const file of ['trace', 'trace_pipe']) put(`instances/${instance}/${file}`, text);
      const armed = [
        ...made.map((event) => fileOf(instance, event)),
        `instances/${instance}/set_ftrace_filter`,
      ];
      for (const file of armed.filter((path) => existsSync(at(path))))
        put(file, plain.read(file).replace(/count=1$/m, 'count=0'));
    },
    close: () => rmSync(root, { recursive: true, force: true }),
  };
  return fake;
}

function refusal(code: keyof typeof NUMBERS): Error {
  return Object.assign(new Error(`${code}: refused by the test`), { code, errno: -NUMBERS[code] });
}
