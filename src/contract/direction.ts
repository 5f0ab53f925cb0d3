/**
 * The two ways through the graph (seed 004 §4.2.5).
 * Ingress runs up, from a link towards an application; egress runs down, towards a link.
 * The numbers are also the numbers of a block's first ports (see `port.ts`), so a block that
 * does nothing else may answer `frame.direction`.
 */
export const INGRESS = 0;
export const EGRESS = 1;
export type Direction = typeof INGRESS | typeof EGRESS;
