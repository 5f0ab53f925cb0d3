import { expect, test } from 'vitest';
import type { HostListeners } from './host.js';
import { takeOver } from './take-over.js';

/** Listeners of a host, and who was told of work since it was asked last. */
function listening() {
  const told: string[] = [];
  const listeners: HostListeners = {
    ...{ neighboursSettled() {}, neighbourWork() {}, addressLost() {} },
    groupWork: () => told.push('nobody'),
  };
  const by = (name: string) => takeOver(listeners, 'groupWork', () => told.push(name));
  const heard = () => {
    listeners.groupWork();
    return told.splice(0);
  };
  return { by, heard };
}

test('a block that was only tried leaves the one before it in its place', () => {
  const { by, heard } = listening();
  by('first');
  by('tried')();
  expect(heard()).toEqual(['first']);
});

test('a block that was replaced takes nothing from the one that came for it', () => {
  const { by, heard } = listening();
  const leave = by('old');
  by('new');
  leave();
  expect(heard()).toEqual(['new']);
});

test('when the last goes it is as it was', () => {
  const { by, heard } = listening();
  by('only')();
  expect(heard()).toEqual(['nobody']);
});
