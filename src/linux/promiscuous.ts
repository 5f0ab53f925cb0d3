import { errno, libc } from './libc.js';
import { osError } from './os-error.js';

const AF_PACKET = 17;
const SOCK_RAW_CLOEXEC = 3 | 0x80000;
const SOL_PACKET = 263;
const PACKET_ADD_MEMBERSHIP = 1;
const PACKET_MR_PROMISC = 1;

/**
 * Makes a device take frames for others too, until the function that it answers is called or the process dies: by a
 * packet socket that receives nothing. Throws QuipuError.
 */
export function holdPromiscuous(device: string, interfaceIndex: number): () => void {
  const calls = libc();
  const fd = calls.socket(AF_PACKET, SOCK_RAW_CLOEXEC, 0);
  if (fd < 0)
    throw osError(`cannot open a packet socket for ${device}`, errno(), 'it needs root or CAP_NET_RAW');
  const request = Buffer.from(new ArrayBuffer(16));
  request.writeInt32LE(interfaceIndex, 0);
  request.writeUInt16LE(PACKET_MR_PROMISC, 4);
  if (calls.setsockopt(fd, SOL_PACKET, PACKET_ADD_MEMBERSHIP, request, 16) === 0) {
    return () => calls.close(fd);
  }
  const failed = errno();
  calls.close(fd);
  throw osError(`cannot make device ${device} promiscuous`, failed);
}
