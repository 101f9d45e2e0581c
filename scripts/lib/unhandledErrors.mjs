/** @file A reporter of vitest for what its json reporter leaves out: how many errors came from outside of tests. */

import { writeFileSync } from 'node:fs';

export default class UnhandledErrors {
  onTestRunEnd(_files, errors) {
    writeFileSync(process.env.DISTILLERY_UNHANDLED_ERRORS, JSON.stringify(errors.length));
  }
}
