import { spawn } from 'node:child_process';
import { QuipuError } from '../../../contract/error.js';

/** Runs lines of iproute2's `ip` in this process's network namespace. Rejects with QuipuError and what `ip` said. */
export function ip(...lines: string[]): Promise<void> {
  return new Promise((resolve, reject) => {
    const child = spawn('ip', ['-batch', '-'], { stdio: ['pipe', 'ignore', 'pipe'] });
    let said = '';
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      said += text;
    });
    child.on('error', (error) => reject(new QuipuError('no-support', `ip (iproute2): ${error.message}`)));
    child.on('close', (code) => {
      if (code === 0) resolve();
      else reject(new QuipuError('link-failed', `ip: ${said.trim().split('\n')[0]}`));
    });
    child.stdin.on('error', () => {}); // it did not start or ended early: told above
    child.stdin.end(`${lines.join('\n')}\n`);
  });
}
