/** How far a transfer has come. */
export interface Progress {
  readonly bytes: number;
  add(bytes: number): void;
  end(): void;
}

/** Milliseconds between two looks. */
const PAUSE = 250;
const CLEAR = '\u001b[K';

/** Counts bytes, and shows them to a person at a terminal. `length` is what is said to come. */
export function progressOf(length: string | undefined, out: NodeJS.WriteStream): Progress {
  let bytes = 0;
  const of = length === undefined ? '' : ` of ${sizeText(Number(length))}`;
  const show = () => out.write(`\r${sizeText(bytes)}${of}${CLEAR}`);
  const timer = out.isTTY ? setInterval(show, PAUSE) : null;
  return {
    get bytes() {
      return bytes;
    },
    add: (more) => {
      bytes += more;
    },
    end() {
      if (timer === null) return;
      clearInterval(timer);
      out.write(`\r${CLEAR}`);
    },
  };
}

/** `12.3 MB`. */
export function sizeText(bytes: number): string {
  if (bytes < 1000) return `${bytes} B`;
  const units = ['kB', 'MB', 'GB', 'TB'];
  let [value, unit] = [bytes / 1000, 0];
  for (; value >= 999.95 && unit < units.length - 1; unit++) value /= 1000;
  return `${value.toFixed(1)} ${units[unit]}`;
}
