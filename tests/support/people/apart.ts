import { beforeEach } from '@jest/globals';
import type { LatLon } from '@logi/contracts';
import { place } from './people.ts';

/**
 * Each test of the file has a place and people of its own: `enter` is told the place before each test, and what is returned
 * makes a name that nobody has in another test.
 */
export function eachApart(enter: (at: LatLon) => void): (name: string) => string {
  let counter = 0;
  beforeEach(() => {
    counter += 1;
    enter(place(counter));
  });
  return (name) => `${name} ${counter}`;
}
