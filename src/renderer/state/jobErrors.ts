/** @file What a person can do about a job that failed, where its own words do not say it. */

const advice: { when: RegExp; say: string }[] = [
  {
    when: /SIGKILL|exit code 137|out of memory|OOM|ResourceExhausted|heap out of memory|Cannot allocate/i,
    say: 'Most likely memory ran out. Close other programs, set a memory limit in Settings, or take smaller batches; then continue.',
  },
  {
    when: /SIGSEGV|SIGBUS|SIGILL|SIGABRT|exit code 13[2459]/,
    say: 'A native library crashed. What is complete is kept: try again; if it happens again, Doctor tells whether the set-up is whole.',
  },
  {
    when: /ENOSPC|disk .*full|no space left/i,
    say: 'The disk is full. Free some room, then try again: it goes on where it stopped.',
  },
  {
    when: /EACCES|EPERM|permission denied/i,
    say: 'A file or folder may not be read or written. Change its permissions, then try again.',
  },
  {
    when: /ENOENT|no such file|no file or folder/i,
    say: 'A file is missing: moved, or on a disk that is not connected?',
  },
  {
    when: /database is locked|SQLITE_BUSY/i,
    say: 'Another program holds the database for long. Wait for it, then try again.',
  },
  { when: /stopped without a word/, say: 'Its process was ended from outside, or the machine was switched off.' },
  {
    when: /sees no GPU|CUDA|cuDNN|cublas/i,
    say: 'The GPU is not usable as it is. Doctor says what is missing; or choose the processor in Settings.',
  },
];

/** Undefined where nothing is known to help. */
export const explainError = (error: string | null): string | undefined =>
  error === null ? undefined : advice.find(({ when }) => when.test(error))?.say;
