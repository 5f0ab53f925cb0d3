import { expect } from 'vitest';
import { firstLine, type Rig, sleep } from './links-support.js';

/** A UDP socket in namespace b of a rig, and what reaches it: shows whether the kernel still gets its frames. */
export class KernelSink {
  private readonly rig: Rig;

  constructor(rig: Rig) {
    this.rig = rig;
  }

  /** Returns when the socket has got its first `count` datagrams: the neighbours are known then. */
  async start(count: number): Promise<void> {
    const program = `import socket
s=socket.socket(socket.AF_INET,socket.SOCK_DGRAM);s.bind(('10.99.0.2',9000));print('ready',flush=True)
while True: s.recv(2000)`;
    await firstLine(this.rig.spawnIn(this.rig.b, 'python3', '-c', program));
    this.send(count);
    await this.reaches(count);
  }

  /** Datagrams that the kernel of b has given to its UDP sockets. */
  delivered(): number {
    const rows = this.rig
      .in(this.rig.b, 'cat', '/proc/net/snmp')
      .split('\n')
      .filter((row) => row.startsWith('Udp:'));
    return Number(rows[1].split(' ')[rows[0].split(' ').indexOf('InDatagrams')]);
  }

  /** Sends so many datagrams from a. */
  send(count: number): void {
    const program = `import socket
s=socket.socket(socket.AF_INET,socket.SOCK_DGRAM)
for i in range(${count}): s.sendto(b'hello',('10.99.0.2',9000))`;
    this.rig.in(this.rig.a, 'python3', '-c', program);
  }

  /** Waits until that many have been delivered, and no more. */
  async reaches(count: number): Promise<void> {
    for (let i = 0; i < 250 && this.delivered() < count; i++) await sleep(20);
    expect(this.delivered()).toBe(count);
  }
}
