/** Why a file could not be written, in words for the user: never the name of an internal file. */
import { dirname } from 'node:path'
import { EnvironmentError, InputError } from './errors.ts'

/** By the system's error code: the user named a place that cannot have a file. */
const WRONG_PLACE: Readonly<Record<string, (file: string) => string>> = {
  ENOENT: (file) => `the folder ${dirname(file)} does not exist: create it, or name another file`,
  ENOTDIR: (file) => `${dirname(file)} is not a folder: name another file`,
  EISDIR: () => 'it is a folder: name a file in it',
  ENAMETOOLONG: () => 'its name is too long: name another file',
  ELOOP: () => 'its symbolic links form a circle: name another file',
}

/** By the system's error code: the machine cannot write there. The reason, and a remedy. */
const REFUSED: Readonly<Record<string, readonly [why: string, remedy: string]>> = {
  EACCES: ['permission denied', 'name a file in a folder of yours'],
  EPERM: ['permission denied', 'name a file in a folder of yours'],
  EROFS: ['the file system is read-only', 'name a file elsewhere'],
  ENOSPC: ['no space left on the disk', 'free some, or name a file elsewhere'],
}

/** Exit 2 for a place that cannot have a file, 3 if the machine cannot write there. */
export function unwritable(file: string, cause: unknown): InputError | EnvironmentError {
  const { code = '', message } = cause as NodeJS.ErrnoException
  const why = WRONG_PLACE[code]?.(file)
  if (why !== undefined) return new InputError(`${file} could not be written: ${why}`, { cause })
  const refused = REFUSED[code]?.join(': ') ?? systemWords(message)
  return new EnvironmentError(`${file} could not be written: ${refused}`, { cause })
}

/** The reason and a remedy, for the folder of results. */
export function unwritableFolder(cause: unknown): string {
  const { code = '', message } = cause as NodeJS.ErrnoException
  const isFile = code === 'ENOTDIR' || code === 'EEXIST'
  const why = isFile ? 'it is a file, or below one' : (REFUSED[code]?.[0] ?? systemWords(message))
  return `${why}: name another folder with --out, or add --no-save`
}

/** `ENOSPC: no space left on device, write` → without the call and its file. */
const systemWords = (message: string): string => /^E[A-Z]+: [^,]+/.exec(message)?.[0] ?? message
