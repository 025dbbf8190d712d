/** The file of a request, and its platform. */
import { existsSync, realpathSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import type { Problem } from '../../src/input/problem.ts'
import { readRequest } from '../../src/request/read.ts'
import type { Request } from '../../src/request/request.ts'
import { InputError } from '../system/errors.ts'
import { FaultyFiles } from '../system/faulty-files.ts'
import { folderRoot } from '../system/file-root.ts'
import { readText, shown } from '../system/text-file.ts'
import { orOther } from './other-kind.ts'

export interface LoadedRequest {
  readonly request: Request
  readonly warnings: readonly Problem[]
  readonly text: string
}

/** Throws InputError with the errors of the file. */
export function loadRequest(file: string): LoadedRequest {
  return orOther(file, ['request'], () => readRequestFile(file))
}

function readRequestFile(file: string): LoadedRequest {
  if (file.endsWith('.jsonl'))
    throw new InputError(
      `${shown(file)}: holds several requests: put this one into a file of its own`,
    )
  const text = readText(file, 'request')
  const reading = readRequest(text, shown(file))
  if (!reading.ok) throw new FaultyFiles(reading.problems)
  return { request: reading.value, warnings: reading.warnings, text }
}

const NAME = 'platform.yaml'

/**
 * The given platform, else the nearest one in `folder` or above it, or that of the scenarios below.
 */
export function findPlatform(named: string | undefined, folder: string): string | undefined {
  if (named !== undefined) return named
  for (let at = resolve(folder); ; at = dirname(at)) {
    if (existsSync(join(at, NAME))) return join(at, NAME)
    if (at === dirname(at)) return [join(folder, 'scenarios', NAME)].find(existsSync)
  }
}

/** Throws InputError if there is no platform. */
export function needPlatform(named: string | undefined, folder: string): string {
  const found = findPlatform(named, folder)
  if (found !== undefined) return found
  throw new InputError(
    `no ${NAME} in ${shown(folder)}, in a folder above it or in scenarios: name one with --platform FILE`,
  )
}

/**
 * The folder that must contain a platform file that was found: a link that leads elsewhere is not
 * the user's choice.
 */
export function rootOfFound(named: string | undefined, found: string): string | undefined {
  return named === undefined ? folderRoot(dirname(found)) : undefined
}

/** The requests in other files than this one. */
export function besides(requests: readonly Request[], file: string): Request[] {
  const own = realpathSync(file)
  const isOwn = new Map<string, boolean>()
  return requests.filter(({ at }) => {
    if (!isOwn.has(at.file)) isOwn.set(at.file, realpathSync(at.file) === own)
    return !isOwn.get(at.file)
  })
}
