import { jest } from '@jest/globals';

/*
 * A test that fails is run once more, and the log shows what failed the first time. The servers are real, and a machine
 * with other work is now and then late. A test that needs this twice is flaky: mend it or delete it.
 */
jest.retryTimes(1, { logErrorsBeforeRetry: true });
