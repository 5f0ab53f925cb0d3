import {
  Alu,
  Ancillary,
  Class,
  Jump,
  jump,
  KEEP_ALL,
  Mode,
  type Program,
  Return,
  Size,
  Source,
  statement,
} from './opcodes.js';

const LDH_ABS = Class.ld | Size.h | Mode.abs;
const LDB_ABS = Class.ld | Size.b | Mode.abs;
const LDH_IND = Class.ld | Size.h | Mode.ind;
const JEQ = Class.jmp | Jump.jeq | Source.k;
const JSET = Class.jmp | Jump.jset | Source.k;
const RET = Class.ret | Return.k;

/** Keeps every frame whole. */
export function acceptAll(): Program {
  return [statement(RET, KEEP_ALL)];
}

/** Drops every frame. */
export function dropAll(): Program {
  return [statement(RET, 0)];
}

/** Keeps the first n bytes of every frame; 0 drops it. */
export function truncateTo(n: number): Program {
  return [statement(RET, n)];
}

/** Keeps frames of one EtherType (0x0800 IPv4, 0x0806 ARP), as `ldh #proto` tells it: also behind a VLAN tag. */
export function etherTypeFilter(etherType: number): Program {
  return [
    statement(LDH_ABS, Ancillary.protocol),
    jump(JEQ, etherType, 0, 1),
    statement(RET, KEEP_ALL),
    statement(RET, 0),
  ];
}

/** Keeps IPv4 over Ethernet with this UDP source or destination port number, fragments behind the first aside. */
export function udpPortFilter(portNumber: number): Program {
  return [
    statement(LDH_ABS, 12),
    jump(JEQ, 0x0800, 0, 10),
    statement(LDB_ABS, 23),
    jump(JEQ, 17, 0, 8),
    statement(LDH_ABS, 20),
    jump(JSET, 0x1fff, 6, 0),
    statement(Class.ldx | Size.b | Mode.msh, 14),
    statement(LDH_IND, 14),
    jump(JEQ, portNumber, 2, 0),
    statement(LDH_IND, 16),
    jump(JEQ, portNumber, 0, 1),
    statement(RET, KEEP_ALL),
    statement(RET, 0),
  ];
}

/** Keeps one frame in n at random (n from 1 to 2^32-1). */
export function sampleFilter(n: number): Program {
  return [
    statement(Class.ld | Size.w | Mode.abs, Ancillary.random),
    statement(Class.alu | Alu.mod | Source.k, n),
    jump(JEQ, 0, 0, 1),
    statement(RET, KEEP_ALL),
    statement(RET, 0),
  ];
}
