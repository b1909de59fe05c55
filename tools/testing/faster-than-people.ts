/**
 * Settings for a service whose callers are faster than people, or all one principal, as those of tests, benchmarks and chaos
 * are. What each limit does has tests of its own, which set it.
 */
export const FASTER_THAN_PEOPLE = {
  MAX_READS_PER_SECOND: '100000',
  MAX_WRITES_PER_SECOND: '100000',
  MAX_ESTIMATES_PER_SECOND: '100000',
  MAX_STRANGER_CALLS_PER_SECOND: '100000',
  MAX_UPGRADES_PER_PRINCIPAL_PER_SECOND: '100000',
  MAX_POINTS_PER_SECOND: '1000000',
  MAX_SAVED_POINTS: '100000000',
  MAX_REQUESTS_PER_SECOND: '10000',
  RATE_PENALTY_MS: '0',
};
