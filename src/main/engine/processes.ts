/** @file Other processes of this machine. */

/** Whether there is a process of this number, whoever it belongs to. */
export function isAlive(pid: number): boolean {
  // 0 would ask about our own process group
  if (!Number.isSafeInteger(pid) || pid <= 0) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}
