/** A request that is answered by an error status. */
export class Refusal extends Error {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;

  constructor(status: number, sentence: string, headers: Readonly<Record<string, string>> = {}) {
    super(sentence);
    this.status = status;
    this.headers = headers;
  }
}

const statuses: Readonly<Record<string, readonly [number, string]>> = {
  ENOENT: [404, 'there is no such file'],
  ENOTDIR: [404, 'there is no such file'],
  ELOOP: [404, 'there is no such file'],
  ENAMETOOLONG: [414, 'the name is too long'],
  EACCES: [403, 'the file may not be read'],
  EPERM: [403, 'that is not allowed'],
  EISDIR: [409, 'there is a folder of that name'],
  EROFS: [403, 'the file system is read-only'],
  ENOSPC: [507, 'no space is left on the disk'],
};

/** What a file system error means to who asked. */
export function refusalOf(error: unknown): Refusal {
  if (error instanceof Refusal) return error;
  const [status, sentence] = statuses[(error as NodeJS.ErrnoException).code ?? ''] ?? [
    500,
    'the file cannot be used',
  ];
  return new Refusal(status, sentence);
}
