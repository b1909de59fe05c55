import { createRequire } from 'node:module';
import { TestEnvironment } from 'jest-environment-node';

const require = createRequire(import.meta.url);

/** Jest's own, with a way out of it for `transform.mjs`. */
export default class extends TestEnvironment {
  constructor(config, context) {
    super(config, context);
    this.global.loadNatively = (path) => require(path);
    // What comes from the other side of that way is an Error, too, and so is what goes there.
    this.global.Error = Error;
  }
}
