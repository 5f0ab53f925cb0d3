import type { Frame } from '../contract/frame.js';

/** Gives a new frame what is known of another one beside its bytes: for blocks that make several frames of one. */
export function copyMetadata(from: Frame, to: Frame): void {
  to.link = from.link;
  to.protocol = from.protocol;
  to.packetType = from.packetType;
  to.interfaceIndex = from.interfaceIndex;
  to.hardwareType = from.hardwareType;
  to.vlanPresent = from.vlanPresent;
  to.vlanTag = from.vlanTag;
  to.vlanProtocol = from.vlanProtocol;
  to.queue = from.queue;
  to.mark = from.mark;
  to.hash = from.hash;
  to.cpu = from.cpu;
  to.segmentSize = from.segmentSize;
  to.checksum = from.checksum;
  to.circuit = from.circuit;
  to.nextHop = from.nextHop;
  to.timestamp = from.timestamp;
  to.direction = from.direction;
}
