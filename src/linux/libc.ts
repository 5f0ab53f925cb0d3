import koffi, { type LibraryHandle } from 'koffi';

/**
 * What a system call takes for a pointer: an address (user-space addresses fit a double exactly), a
 * view of memory, or null. The memory must outlive the call; for addresses stored *inside* other
 * memory see `arena.ts`.
 */
export type Pointer = number | bigint | Uint8Array | null;

/** The C library's functions that Quipu calls. Each answers as in C: -1 means look at `errno()`, at once. */
export interface Libc {
  socket(domain: number, type: number, protocol: number): number;
  bind(fd: number, address: Pointer, length: number): number;
  connect(fd: number, address: Pointer, length: number): number;
  getsockname(fd: number, address: Pointer, length: Pointer): number;
  setsockopt(fd: number, level: number, option: number, value: Pointer, length: number): number;
  getsockopt(fd: number, level: number, option: number, value: Pointer, length: Pointer): number;
  recv(fd: number, buffer: Pointer, length: number, flags: number): number;
  send(fd: number, buffer: Pointer, length: number, flags: number): number;
  recvmmsg(fd: number, messages: Pointer, count: number, flags: number, timeout: Pointer): number;
  sendmmsg(fd: number, messages: Pointer, count: number, flags: number): number;
  ioctl(fd: number, request: number, argument: Pointer): number;
  open(path: string, flags: number, mode: number): number;
  read(fd: number, buffer: Pointer, length: number): number;
  write(fd: number, buffer: Pointer, length: number): number;
  readv(fd: number, vectors: Pointer, count: number): number;
  writev(fd: number, vectors: Pointer, count: number): number;
  close(fd: number): number;
  eventfd(initial: number, flags: number): number;
  ppoll(fds: Pointer, count: number, timeout: Pointer, signals: Pointer): number;
  setns(fd: number, type: number): number;
  unshare(flags: number): number;
  ifNameToIndex(name: string): number;
  /** Answers an address; -1 on failure. */
  mmap(at: Pointer, length: number, protection: number, flags: number, fd: number, offset: number): number;
  recvmsg(fd: number, message: Pointer, flags: number): number;
  clockGetTime(clock: number, time: Pointer): number;
  /** Answers 0 or the error number itself, unlike the others. */
  clockNanosleep(clock: number, flags: number, until: Pointer, left: Pointer): number;
  /** Process 0 is the calling thread. */
  schedSetAffinity(process: number, length: number, mask: Pointer): number;
  schedGetAffinity(process: number, length: number, mask: Pointer): number;
  prctl(option: number, a: number, b: number, c: number, d: number): number;
  /** syscall(2) with three arguments, as bpf(2) needs it. */
  syscall3(number: number, a: number, b: Pointer, c: number): number;
  /** The same with five arguments, as fsconfig(2) needs it. */
  syscall5(number: number, a: number, b: Pointer, c: Pointer, d: Pointer, e: number): number;
}

let loaded: Libc | undefined;

/** The C library of this process, looked up at the first call in each thread. */
export function libc(): Libc {
  loaded ??= load();
  return loaded;
}

/** Error number of this thread's last system call. Read it at once: any `fs` call in between changes it. */
export function errno(): number {
  return koffi.errno();
}

/** Address of a buffer's first byte. It does not keep the buffer alive: ask `Arena.hold` for that. */
export function addressOf(buffer: ArrayBufferLike): number {
  return Number(koffi.address(new Uint8Array(buffer)));
}

/** The memory at an address as an ArrayBuffer. Who asks sees to it that it stays mapped for good. */
export function memoryAt(address: number, length: number): ArrayBuffer {
  return koffi.view(address, length);
}

// ssize_t is unknown to koffi, hence intptr_t. ioctl, open and syscall are variadic in C; with integer
// and pointer arguments the calling conventions of x86-64 and arm64 Linux are the same without.
function load(): Libc {
  const lib = koffi.load(null);
  return {
    socket: declare(lib, 'int socket(int, int, int)'),
    bind: declare(lib, 'int bind(int, void *, uint32_t)'),
    connect: declare(lib, 'int connect(int, void *, uint32_t)'),
    getsockname: declare(lib, 'int getsockname(int, void *, void *)'),
    setsockopt: declare(lib, 'int setsockopt(int, int, int, void *, uint32_t)'),
    getsockopt: declare(lib, 'int getsockopt(int, int, int, void *, void *)'),
    recv: declare(lib, 'intptr_t recv(int, void *, size_t, int)'),
    send: declare(lib, 'intptr_t send(int, void *, size_t, int)'),
    recvmmsg: declare(lib, 'int recvmmsg(int, void *, unsigned int, int, void *)'),
    sendmmsg: declare(lib, 'int sendmmsg(int, void *, unsigned int, int)'),
    ioctl: declare(lib, 'int ioctl(int, unsigned long, void *)'),
    open: declare(lib, 'int open(const char *, int, int)'),
    read: declare(lib, 'intptr_t read(int, void *, size_t)'),
    write: declare(lib, 'intptr_t write(int, void *, size_t)'),
    readv: declare(lib, 'intptr_t readv(int, void *, int)'),
    writev: declare(lib, 'intptr_t writev(int, void *, int)'),
    close: declare(lib, 'int close(int)'),
    eventfd: declare(lib, 'int eventfd(unsigned int, int)'),
    ppoll: declare(lib, 'int ppoll(void *, unsigned long, void *, void *)'),
    setns: declare(lib, 'int setns(int, int)'),
    unshare: declare(lib, 'int unshare(int)'),
    ifNameToIndex: declare(lib, 'unsigned int if_nametoindex(const char *)'),
    mmap: declare(lib, 'intptr_t mmap(void *, size_t, int, int, int, int64_t)'),
    recvmsg: declare(lib, 'intptr_t recvmsg(int, void *, int)'),
    clockGetTime: declare(lib, 'int clock_gettime(int, void *)'),
    clockNanosleep: declare(lib, 'int clock_nanosleep(int, int, void *, void *)'),
    schedSetAffinity: declare(lib, 'int sched_setaffinity(int, size_t, void *)'),
    schedGetAffinity: declare(lib, 'int sched_getaffinity(int, size_t, void *)'),
    prctl: declare(lib, 'int prctl(int, unsigned long, unsigned long, unsigned long, unsigned long)'),
    syscall3: declare(lib, 'intptr_t syscall(intptr_t, intptr_t, void *, intptr_t)'),
    syscall5: declare(lib, 'intptr_t syscall(intptr_t, intptr_t, void *, void *, void *, intptr_t)'),
  };
}

function declare<F extends (...args: never[]) => unknown>(lib: LibraryHandle, prototype: string): F {
  return lib.func(prototype) as unknown as F;
}
