import type { HeaderShape } from './header-shape.js';

/** RFC 1035 §4.1.1. */
const DNS_HEADER = 12;
/** Where questions go. */
export const DNS_PORT = 53;

export const DNS: HeaderShape = {
  names: ['dns'],
  layer: 7,
  length: DNS_HEADER,
  below: 'udp',
  fields: [
    { names: ['id'], at: 0, width: 2 },
    { names: ['qr'], at: 2, width: 2, mask: 0x8000 },
    { names: ['op', 'oper'], at: 2, width: 2, mask: 0x7800 },
    { names: ['aa', 'aanswer'], at: 2, width: 2, mask: 0x0400 },
    { names: ['trunc'], at: 2, width: 2, mask: 0x0200 },
    { names: ['rdesired'], at: 2, width: 2, mask: 0x0100 },
    { names: ['ravail'], at: 2, width: 2, mask: 0x0080 },
    { names: ['zero'], at: 2, width: 2, mask: 0x0030 },
    { names: ['rcode', 'rc'], at: 2, width: 2, mask: 0x000f },
    { names: ['qdcount'], at: 4, width: 2 },
    { names: ['ancount'], at: 6, width: 2 },
    { names: ['nscount'], at: 8, width: 2 },
    { names: ['arcount'], at: 10, width: 2 },
  ],
};
