# The other end of tunnels, for a kernel without tunnel devices: what comes inside of IP on raw sockets goes to a TUN device,
# and what comes from there goes out inside of IP. Arguments: device, local address, remote address. Says "ready".
import fcntl
import os
import select
import socket
import struct
import sys

name, local, remote = sys.argv[1:]
family = socket.AF_INET6 if ":" in local else socket.AF_INET
tun = os.open("/dev/net/tun", os.O_RDWR)
fcntl.ioctl(tun, 0x400454CA, struct.pack("16sH22x", name.encode(), 0x0001 | 0x1000))  # TUNSETIFF: IFF_TUN | IFF_NO_PI
inside = {}
for version, protocol in ((4, 4), (6, 41)):
    one = socket.socket(family, socket.SOCK_RAW, protocol)
    one.bind((local, 0))
    one.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4 << 20)
    inside[version] = one
print("ready", flush=True)
while True:
    for ready in select.select([tun, *inside.values()], [], [])[0]:
        if ready == tun:
            packet = os.read(tun, 65536)
            try:
                inside[packet[0] >> 4].sendto(packet, (remote, 0))
            except OSError:
                pass  # too long for the link, or no way: lost, as on a link
        else:
            packet, (sender, *_) = ready.recvfrom(65536)
            if family == socket.AF_INET:
                packet = packet[(packet[0] & 15) * 4:]
            if sender == remote and packet:
                os.write(tun, packet)
