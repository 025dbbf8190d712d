/** The one reader of targets, `KIND:VALUE`: in options, in arguments and in scenarios. */
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
import { linkNameProblem } from '../../src/lab/link-name.ts'
import { isPathPart } from '../../src/quote/path.ts'
import { type TargetCommand, targetKind } from '../../src/target/target-kinds.ts'
import { type TargetPart, targetParts, targetProblem } from '../../src/target/target-text.ts'
import { InputError } from '../system/errors.ts'
import { FaultyFiles } from '../system/faulty-files.ts'
import { rootOf } from '../system/file-root.ts'
import { readText, shown } from '../system/text-file.ts'
import { Names } from './names.ts'
import { orOther } from './other-kind.ts'

/** The parts of a target. If a file with exactly this name exists, the target is this file. */
export const partsIn = (argument: string): TargetPart[] => targetParts(argument, existsSync)

/** Throws InputError for a target that the command cannot take. */
export function partsFor(argument: string, command: TargetCommand, flag = ''): TargetPart[] {
  const parts = partsIn(argument)
  const problem = targetProblem(parts, command)
  if (problem === undefined) return parts
  throw new InputError(`${flag === '' ? '' : `${flag} `}${shownTarget(argument, problem)}`)
}

/** The argument, unless the problem begins with all of it. */
const shownTarget = (argument: string, problem: string): string =>
  problem.startsWith(`${argument}: `) ? problem : `${argument}: ${problem}`

/**
 * The target that a part names; undefined for files. Throws InputError for an impossible target.
 */
export function placeOf({ kind, value }: TargetPart): Target | undefined {
  switch (kind) {
    case 'netns':
      return namespaceOf(value)
    case 'pid':
      return processOf(value)
    case 'nic':
      return { kind: 'nic', interfaces: interfacesIn(value) }
    case 'image':
      return { kind: 'container', container: { source: { kind: 'image', image: value } } }
    case 'dockerfile':
      return { kind: 'container', container: { source: { kind: 'dockerfile', file: value } } }
    case 'compose':
      return { kind: 'container', container: { source: composed(value) } }
    case 'container':
      return { kind: 'container', container: readContainer(value) }
    default:
      return undefined
  }
}

/** The path that a part begins with: `container:FILE`, `compose:FILE#SERVICE`. */
export function pathOfPart({ kind, value }: TargetPart): string | undefined {
  if (targetKind(kind).isPath !== true || kind === 'git') return undefined
  return kind === 'compose' ? value.replace(/#[^#]+$/, '') : value
}

function namespaceOf(name: string): Target {
  if (!isPathPart(name))
    throw new InputError(`netns:${name}: must be a name from ip netns list, not a path`)
  return { kind: 'netns', name }
}

function processOf(text: string): Target {
  const pid = Number(text)
  if (!Number.isSafeInteger(pid) || pid < 1)
    throw new InputError(`pid:${text}: must be a process id`)
  return { kind: 'pid', pid }
}

/** `shop=eth1,internet=eth2`. */
function interfacesIn(text: string): Record<string, string> {
  const interfaces: Record<string, string> = Object.create(null)
  for (const word of text.split(',')) {
    const [, zone, name] = /^([^=\s]+)=(.*)$/s.exec(word.trim()) ?? []
    if (zone === undefined || name === undefined)
      throw new InputError(`nic:${text}: "${word}" must be ZONE=INTERFACE, like shop=eth1`)
    const problem = linkNameProblem(name)
    if (problem !== undefined)
      throw new InputError(
        `nic:${text}: "${word}": interface ${JSON.stringify(name)}: ${problem}: use the name that "ip link" shows`,
      )
    const before = interfaces[zone]
    if (before !== undefined && before !== name)
      throw new InputError(`nic:${text}: ${zone} cannot be both ${before} and ${name}`)
    interfaces[zone] = name
  }
  return { ...interfaces }
}

function composed(text: string): ContainerSpec['source'] {
  const [, file, service] = /^(.+)#([^#]+)$/.exec(text) ?? []
  if (file === undefined || service === undefined)
    throw new InputError(`compose:${text}: the service is missing (compose:FILE#SERVICE)`)
  return { kind: 'compose', file, service }
}

/** A container file. Throws InputError with all its errors. */
export function readContainer(file: string): ContainerSpec {
  return orOther(file, ['container'], () => containerIn(file))
}

function containerIn(file: string): ContainerSpec {
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
        throw new InputError(
          `--ready ${text}: must be an absolute path in the container, with / first`,
        )
      return { sign: { kind, path: value }, timeoutMs }
    default:
      throw new InputError(`--ready ${text}: must be log:TEXT, command:COMMAND or file:PATH`)
  }
}
