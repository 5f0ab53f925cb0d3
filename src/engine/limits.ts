/** Blocks that a frame may enter before it is taken to be circling. */
export const HOP_LIMIT = 256;
