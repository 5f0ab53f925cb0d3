// Child processes that talk in lines: commands in, one line of JSON out.

import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';

/** Ticks a second of /proc/PID/stat (USER_HZ). */
const TICKS = 100;

export class Talker {
  #child;
  /** @type {string[]} */
  #lines = [];
  /** @type {((line: string) => void)[]} */
  #waiting = [];
  /** What it wrote to standard error, and to standard output if it does not talk in lines. */
  said = '';

  /** @param {readonly string[]} command @param {Record<string, string>} [environment] more than this process's own */
  constructor(command, environment = {}) {
    const [file, ...args] = command;
    this.#child = spawn(file, args, {
      stdio: ['pipe', 'pipe', 'pipe'],
      env: { ...process.env, ...environment },
    });
    this.#child.stderr.setEncoding('utf8').on('data', (/** @type {string} */ text) => {
      this.said += text;
    });
    createInterface({ input: this.#child.stdout }).on('line', (line) => this.#take(line));
    this.ended = new Promise((resolve) => this.#child.on('close', resolve));
    this.ended.then((code) => this.#take(`ended with ${code}: ${this.said}`));
  }

  /** @param {string} line */
  #take(line) {
    const waiter = this.#waiting.shift();
    if (waiter) waiter(line);
    else this.#lines.push(line);
  }

  /** The next line that it says. @returns {Promise<string>} */
  line() {
    const line = this.#lines.shift();
    return line === undefined ? new Promise((resolve) => this.#waiting.push(resolve)) : Promise.resolve(line);
  }

  /** Waits for a line of JSON. */
  async json() {
    const line = await this.line();
    if (!line.startsWith('{')) throw new Error(`expected JSON, got: ${line}`);
    return JSON.parse(line);
  }

  /** Waits for this very line. @param {string} wanted */
  async expect(wanted) {
    const line = await this.line();
    if (line !== wanted) throw new Error(`expected "${wanted}", got: ${line}`);
  }

  /** @param {string} command */
  tell(command) {
    this.#child.stdin.write(`${command}\n`);
  }

  /** @param {NodeJS.Signals} signal */
  async end(signal) {
    this.#child.kill(signal);
    await this.ended;
  }

  /** Seconds of CPU that it has used, all threads, user and kernel. */
  cpu() {
    const fields = readFileSync(`/proc/${this.#child.pid}/stat`, 'utf8').split(') ')[1].split(' ');
    return (Number(fields[11]) + Number(fields[12])) / TICKS;
  }
}
