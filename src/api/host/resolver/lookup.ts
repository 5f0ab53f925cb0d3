import { AsyncResource } from 'node:async_hooks';
import { addressBytes, addressText } from '../inet-text.js';
import { familyOf, type HostLookup, lookupError, tellFound } from '../names.js';
import { orderDestinations } from './destination-order.js';
import type { Resolver } from './resolver.js';

/** Looks names up by a resolver; `sourceFor` gives the address from which the host would send, null when it could not. */
export function lookupBy(
  resolver: Resolver,
  sourceFor: (address: Uint8Array) => Uint8Array | null,
): HostLookup {
  return (name, options, done) => {
    const told = AsyncResource.bind(done);
    resolver.resolve(name, familyOf(options), (resolution) => {
      if ('failure' in resolution) {
        process.nextTick(told, lookupError(resolution.failure, name), '', 4);
        return;
      }
      const addresses = resolution.addresses.flatMap((text) => addressBytes(text) ?? []);
      tellFound(orderDestinations(addresses, sourceFor).map(addressText), options, told);
    });
  };
}
