/** A call that was under way. */
export interface KernelFrame {
  /** The function; or what the kernel writes for one that it cannot name. */
  readonly symbol: string;
  /** Where in the function it will go on, and how long that is, in bytes; absent where the kernel does not tell. */
  readonly offset?: number;
  readonly size?: number;
  /** The module that the function is part of. */
  readonly module?: string;
}

/** What led to a function or tracepoint, the latest call first. */
export interface KernelStack {
  readonly task: string;
  readonly pid: number;
  readonly cpu: number;
  /** By the kernel's trace clock, in seconds: those since it started, unless somebody chose another clock. */
  readonly time: number;
  readonly frames: readonly KernelFrame[];
}

// TASK-PID, from Linux 4.15 on perhaps (TGID), [CPU], from 2.6.39 on a word of flags (as long as the kernel knows flags), time.
const HEAD =
  /^\s*(.*)-(\d+)\s+(?:\(\s*[-\d]+\)\s+)?\[(\d+)\]\s+(?:\S+\s+)?(\d+(?:\.\d+)?):\s+(?:kernel_stack:\s+)?<stack trace ?>\s*$/;
const FRAME = /^\s*=>\s*(\S.*?)\s*$/;
// netif_rx+0x1f/0x120 [module] <ffffffff81e5f01f>, all but the first part optional
const CALL = /^([^\s+]+)(?:\+0x([0-9a-f]+)\/0x([0-9a-f]+))?(?:\s+\[([^\]\s]+)\])?(?:\s+<[0-9a-f]+>)?$/;

/** The stacks in the text of `trace` or `trace_pipe`. What is none is passed over: heads, notes of lost events, other events. */
export function parseStacks(text: string): KernelStack[] {
  const stacks: { head: Omit<KernelStack, 'frames'>; frames: KernelFrame[] }[] = [];
  let inside = false;
  for (const line of text.split('\n')) {
    const head = HEAD.exec(line);
    if (head !== null) {
      const [, task, pid, cpu, time] = head;
      stacks.push({
        head: { task, pid: Number(pid), cpu: Number(cpu), time: Number(time) },
        frames: [],
      });
      inside = true;
      continue;
    }
    const frame = inside ? FRAME.exec(line) : null;
    if (frame === null) inside = false;
    else stacks.at(-1)?.frames.push(parseCall(frame[1]));
  }
  return stacks.map(({ head, frames }) => ({ ...head, frames }));
}

function parseCall(text: string): KernelFrame {
  const found = CALL.exec(text);
  if (found === null) return { symbol: text };
  const [, symbol, offset, size, module] = found;
  return {
    symbol,
    ...(offset === undefined ? {} : { offset: Number.parseInt(offset, 16), size: Number.parseInt(size, 16) }),
    ...(module === undefined ? {} : { module }),
  };
}
