/** What `trafgen --example` prints: packets that show the language, safe to send to a network of one's own. */
export const example = `# Packets for trafgen: trafgen --in FILE --out DEVICE
# Addresses of RFC 2544 (198.18.0.0/15): nobody's in the open Internet.

# A UDP packet of 60 bytes from changing ports; lengths and checksums are filled in.
{
  eth(sa=02:00:00:00:00:01, da=02:00:00:00:00:02),
  ipv4(sa=198.18.0.1, da=198.18.0.2, ttl=64),
  udp(sport=dinc(1024, 65535), dport=9),
  fill(0x41, 18)
}

# The first packet of a TCP connection, written byte by byte; some bytes differ each time.
{
  # destination, source, EtherType
  0x02, 0x00, 0x00, 0x00, 0x00, 0x02,
  0x02, 0x00, 0x00, drnd(3),
  c16(0x0800),
  # IPv4: version and header length, service, total length, identification
  0b01000101, 0, c16(46), drnd(2),
  # flags and offset, time to live, protocol, checksum over bytes 14 to 33
  c16(1 << 14), 64, 6, csumip(14, 33),
  198, 18, 0, 1,
  198, 18, 0, 2,
  # TCP: ports, sequence, acknowledgment, header length and SYN, window, checksum, urgent pointer
  drnd(2), c16(80), drnd(4), c32(0), c16((5 << 12) | 2), c16(1024), csumtcp(14, 34), c16(0),
  "quipu!"
}
`;
