/**
 * The form of existing targets and containers: `netns:r1`, `pid:4711`, `image:appliance`,
 * `container:FILE`.
 */
import { existsSync } from 'node:fs'
import { containerOf, containerSchema } from '../../src/firewall/container-schema.ts'
import {
  type ContainerSpec,
  READY_MS,
  type Readiness,
  type Target,
} from '../../src/firewall/target.ts'
import { parseYaml } from '../../src/input/document.ts'
import { check } from '../../src/input/schema-check.ts'
import { isPathPart } from '../../src/quote/path.ts'
import { PREFIX } from '../provider/target-prefixes.ts'
import { InputError } from '../system/errors.ts'
import { FaultyFiles } from '../system/faulty-files.ts'
import { rootOf } from '../system/file-root.ts'
import { readText, shown } from '../system/text-file.ts'
import { Names } from './names.ts'

/** Undefined for the name of a file. Throws InputError for an invalid target. */
export function targetIn(text: string): Target | undefined {
  const [, kind, value = ''] = existsSync(text) ? [] : (PREFIX.exec(text) ?? [])
  switch (kind) {
    case undefined:
      return undefined
    case 'netns':
      return namespaceOf(value)
    case 'pid':
      return processOf(value)
    case 'image':
      return { kind: 'container', container: { source: { kind: 'image', image: value } } }
    case 'dockerfile':
      return { kind: 'container', container: { source: { kind: 'dockerfile', file: value } } }
    case 'compose':
      return { kind: 'container', container: { source: composed(value) } }
    case 'container':
      return { kind: 'container', container: readContainer(value) }
    default:
      throw new Error(`unknown kind of firewall ${kind}`)
  }
}

function namespaceOf(name: string): Target {
  if (!isPathPart(name))
    throw new InputError(`netns:${name}: must be a name from ip netns list, not a path`)
  return { kind: 'netns', name }
}

export function processOf(text: string): Target {
  const pid = Number(text)
  if (!Number.isSafeInteger(pid) || pid < 1)
    throw new InputError(`pid:${text}: must be a process number`)
  return { kind: 'pid', pid }
}

function composed(text: string): ContainerSpec['source'] {
  const [, file, service] = /^(.+)#([^#]+)$/.exec(text) ?? []
  if (file === undefined || service === undefined)
    throw new InputError(`compose:${text}: the service is missing (compose:FILE#SERVICE)`)
  return { kind: 'compose', file, service }
}

/** A container file. Throws InputError with all its errors. */
export function readContainer(file: string): ContainerSpec {
  const parsed = parseYaml(readText(file, 'container'), shown(file))
  if (!parsed.ok) throw new FaultyFiles(parsed.problems)
  const checked = check(parsed.document, containerSchema)
  if (!checked.ok) throw new FaultyFiles(checked.problems)
  const names = new Names(file, rootOf(file))
  const key = checked.data.compose === undefined ? 'dockerfile' : 'compose'
  const at = parsed.document.place([key])
  const spec = containerOf(checked.data, (path) => names.resolve(path, at))
  if (names.problems.length > 0) throw new FaultyFiles(names.problems)
  return spec
}

/** `log:TEXT`, `command:COMMAND` or `file:PATH`. */
export function readReadiness(text: string, timeoutS: number | undefined): Readiness {
  const [, kind, value = ''] = /^(log|command|file):(.+)$/s.exec(text) ?? []
  const timeoutMs = timeoutS === undefined ? READY_MS : timeoutS * 1000
  switch (kind) {
    case 'log':
      return { sign: { kind, text: value }, timeoutMs }
    case 'command':
      return { sign: { kind, command: value }, timeoutMs }
    case 'file':
      if (!value.startsWith('/'))
        throw new InputError(`--ready ${text}: the path of a file in the container begins with /`)
      return { sign: { kind, path: value }, timeoutMs }
    default:
      throw new InputError(`--ready ${text}: must be log:TEXT, command:COMMAND or file:PATH`)
  }
}
