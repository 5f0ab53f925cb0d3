/** The node's last log lines, with their time, and those who follow it. */
export class NodeLog {
  private readonly lines: string[] = [];
  private readonly followers = new Set<(line: string) => void>();
  private readonly limit: number;
  private readonly started: number;
  private readonly now: () => number;

  /** `now` in milliseconds, monotonic. Times are seconds since the start, as the kernel's are since boot. */
  constructor(now: () => number, limit = 2000) {
    this.now = now;
    this.started = now();
    this.limit = limit;
  }

  add(text: string): void {
    const seconds = ((this.now() - this.started) / 1000).toFixed(6).padStart(12);
    const line = `[${seconds}] ${text}`;
    this.lines.push(line);
    if (this.lines.length > this.limit) this.lines.shift();
    for (const follower of this.followers) follower(line);
  }

  last(count: number): readonly string[] {
    return count <= 0 ? [] : this.lines.slice(-count);
  }

  /** Answers the function that ends it. */
  follow(follower: (line: string) => void): () => void {
    this.followers.add(follower);
    return () => this.followers.delete(follower);
  }
}
