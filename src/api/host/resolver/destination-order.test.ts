import { expect, test } from 'vitest';
import { addressBytes, addressText } from '../inet-text.js';
import { orderDestinations } from './destination-order.js';

const bytes = (text: string) => addressBytes(text) ?? new Uint8Array(0);

/** The order for a host that sends from these addresses: one of each family, or none. */
function order(addresses: readonly string[], from4: string | null, from6: string | null): string[] {
  const sourceFor = ({ length }: Uint8Array) => {
    const text = length === 4 ? from4 : from6;
    return text === null ? null : bytes(text);
  };
  return orderDestinations(addresses.map(bytes), sourceFor).map(addressText);
}

test.each([
  ['IPv6 before IPv4', ['10.0.0.1', '2001:db8::1'], '10.0.0.2', '2001:db8::2', ['2001:db8::1', '10.0.0.1']],
  ['what can be reached first', ['2001:db8::1', '10.0.0.1'], '10.0.0.2', null, ['10.0.0.1', '2001:db8::1']],
  ['the scope of our own', ['2001:db8::1', '10.0.0.1'], '10.0.0.2', 'fe80::2', ['10.0.0.1', '2001:db8::1']],
  ['unique local ones late', ['fd00::1', '10.0.0.1'], '10.0.0.2', 'fd00::2', ['10.0.0.1', 'fd00::1']],
  ['6to4 behind IPv4', ['2002::1', '10.0.0.1'], '10.0.0.2', '2002::2', ['10.0.0.1', '2002::1']],
  ['as they came', ['10.0.0.3', '10.0.0.1'], '10.0.0.2', null, ['10.0.0.3', '10.0.0.1']],
])('%s', (_name, addresses, from4, from6, expected) => {
  expect(order(addresses, from4, from6)).toEqual(expected);
});
