/** What to do where the machine has no more of something, by the error code of the call that failed (errno(3)). */

const REMEDIES: Readonly<Record<string, string>> = {
  EAGAIN:
    'the limit of processes is reached: raise it (ulimit -u; in a container or service pids.max), or end other processes',
  EMFILE: 'the limit of open files is reached: raise it (ulimit -n 4096)',
  ENFILE: 'the machine has no more open files: raise fs.file-max, or end other programs',
  ENOMEM:
    'there is not enough memory: end other programs, raise the limit (ulimit -v, the memory limit of the container), or run with --jobs 1',
  ENOSPC:
    'the file system is full: free some space, or name another folder for temporary files (TMPDIR)',
  EDQUOT: 'the disk quota is used up: free some space',
  EROFS: 'the file system is read-only: name a folder that can be written to',
  ENOENT: 'there is no such program or folder',
  EACCES: 'this user may not do that',
  E2BIG: 'its arguments are too long',
}

/** Undefined for an error that no limit explains. */
export function limitRemedy(error: unknown): string | undefined {
  const { code } = (error ?? {}) as NodeJS.ErrnoException
  return code === undefined ? undefined : REMEDIES[code]
}
