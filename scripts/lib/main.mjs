/** @file How every script begins and ends. */

/** Runs `work` with our arguments; what it returns or throws becomes the exit code and the last words. */
export async function main(work) {
  try {
    process.exitCode = await work(process.argv.slice(2));
  } catch (error) {
    console.error(`\n${error.message}`);
    process.exitCode = 1;
  }
}
