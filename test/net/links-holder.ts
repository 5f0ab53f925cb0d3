import { type ChildProcess, spawn } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { compile, type Rig } from './links-support.js';

/** Makes processes of their own that hold an af-packet link, from compiled sources; `remove` them at the end. */
export class Holders {
  private readonly built = compile(
    ...['links/af-packet/link.ts', 'engine/pool.ts', 'linux/clock.ts', 'linux/netns.ts'],
    'linux/mapped-memory.ts',
  );

  /** A process that opens a link on vb of the rig, without a rig on lo, and says `open` or the error, which ends it. */
  start(options: { exclusive: true } | { io: 'xdp' }, rig: Rig | null, uid?: number): ChildProcess {
    const program = this.built.path('holder.js');
    writeFileSync(
      program,
      `import { openAfPacket } from '${this.built.path('links/af-packet/link.ts')}';
import { Pool, poolBytes } from '${this.built.path('engine/pool.ts')}';
import { systemClock } from '${this.built.path('linux/clock.ts')}';
import { reserveMemory } from '${this.built.path('linux/mapped-memory.ts')}';
import { withNamespace } from '${this.built.path('linux/netns.ts')}';
const pool = new Pool({ size: 64, memory: reserveMemory(poolBytes({ size: 64 }) + (64 << 20)) });
const context = { pool, clock: systemClock, random: () => 1 };
const options = ${JSON.stringify(options)};
const open = () => openAfPacket({ kind: 'af-packet', device: process.argv[2], ...options }, context);
try {
  globalThis.link = process.argv[3] ? withNamespace(process.argv[3], open) : open();
  console.log('open');
} catch (error) {
  console.log(error.code + ': ' + error.message);
  process.exit(3);
}
setInterval(() => {}, 1000);
`,
    );
    const args = rig === null ? ['lo'] : ['vb', `/run/netns/${rig.b}`];
    return spawn(process.execPath, [program, ...args], {
      ...(uid === undefined ? {} : { uid }),
      stdio: ['ignore', 'pipe', 'inherit'],
    });
  }

  remove(): void {
    this.built.remove();
  }
}
