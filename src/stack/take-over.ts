import type { HostListeners } from './host.js';

/**
 * Lets a block hear what its host has to tell. Answers what takes that back, for its end: a block that was only tried, as by a
 * rehearsal, leaves the one that it would have replaced in its place.
 */
export function takeOver<Name extends keyof HostListeners>(
  listeners: HostListeners,
  name: Name,
  listener: HostListeners[Name],
): () => void {
  const before = listeners[name];
  listeners[name] = listener;
  return () => {
    if (listeners[name] === listener) listeners[name] = before;
  };
}
