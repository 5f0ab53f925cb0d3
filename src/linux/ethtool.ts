import { Arena, highWord } from './arena.js';
import { Errno } from './errno.js';
import { errno, libc } from './libc.js';
import { MAX_DEVICE_NAME } from './netdev.js';
import { osError } from './os-error.js';

const SIOCETHTOOL = 0x8946;
/** linux/ethtool.h: struct ethtool_channels is its number and eight counts. */
const ETHTOOL_GCHANNELS = 0x3c;
const RX_COUNT = 5;
const COMBINED_COUNT = 8;
const AF_INET = 2;
const SOCK_DGRAM_CLOEXEC = 2 | 0x80000;
/** In struct ifreq the pointer follows the name. */
const POINTER_WORD = 4;

/** How many receive queues the device uses now; 1 when its driver does not say. Throws QuipuError. */
export function receiveQueues(device: string): number {
  const calls = libc();
  const fd = calls.socket(AF_INET, SOCK_DGRAM_CLOEXEC, 0);
  if (fd < 0) throw osError('cannot open a socket for device requests', errno());
  try {
    const arena = new Arena();
    const channels = arena.allocate(36);
    channels.words[0] = ETHTOOL_GCHANNELS;
    const request = arena.allocate(40);
    request.bytes.set(Buffer.from(device).subarray(0, MAX_DEVICE_NAME));
    request.words[POINTER_WORD] = channels.address >>> 0;
    request.words[POINTER_WORD + 1] = highWord(channels.address);
    if (calls.ioctl(fd, SIOCETHTOOL, request.bytes) !== 0) {
      const failed = errno();
      if (failed === Errno.EOPNOTSUPP) return 1;
      throw osError(`cannot ask ${device} for its queues`, failed);
    }
    return Math.max(1, channels.words[RX_COUNT] + channels.words[COMBINED_COUNT]);
  } finally {
    calls.close(fd);
  }
}
