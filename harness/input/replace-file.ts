/**
 * Replaces the text of a file completely or not at all. The new text goes to a file beside it that
 * only one process can create. So of two decisions at once, the second one sees the first.
 */
import {
  closeSync,
  constants,
  fchmodSync,
  fchownSync,
  fsyncSync,
  openSync,
  realpathSync,
  renameSync,
  statSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { InputError } from '../system/errors.ts'
import { shown } from '../system/text-file.ts'
import { unwritable } from '../system/unwritable.ts'

/**
 * `edit` reads the file again while no other process can write it. Throws InputError if another
 * process writes it, EnvironmentError if the folder is not writable.
 */
export function replaceText(file: string, edit: (real: string) => string): void {
  const real = realpathSync(file)
  const beside = join(dirname(real), `.${basename(real)}.deciding`)
  const fd = make(beside, file)
  try {
    const text = edit(real)
    copyOwner(fd, real)
    writeFileSync(fd, text)
    fsyncSync(fd)
    renameSync(beside, real)
  } catch (error) {
    unlinkSync(beside)
    throw told(error, file)
  } finally {
    closeSync(fd)
  }
  syncFolder(dirname(real))
}

function make(beside: string, file: string): number {
  try {
    return openSync(beside, constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL, 0o600)
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code !== 'EEXIST') throw told(cause, file)
    throw new InputError(
      `${shown(file)}: another decision is being written: wait, or remove ${shown(beside)} if no nftproof is running`,
      { cause },
    )
  }
}

/** The mode of the file, and its owner if permitted. */
function copyOwner(fd: number, real: string): void {
  const { mode, uid, gid } = statSync(real)
  try {
    fchownSync(fd, uid, gid)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EPERM') throw error
  }
  fchmodSync(fd, mode & 0o7777)
}

/** After a power failure, the rename is kept only if the folder was written to the disk. */
function syncFolder(folder: string): void {
  const fd = openSync(folder, constants.O_RDONLY)
  try {
    fsyncSync(fd)
  } finally {
    closeSync(fd)
  }
}

function told(error: unknown, file: string): unknown {
  if (!(error instanceof Error) || !('syscall' in error)) return error
  return unwritable(shown(file), error)
}
