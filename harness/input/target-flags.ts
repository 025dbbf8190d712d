/** The firewall that the options of a command name: `--target`, and the options for containers. */
import type { ContainerSpec, Target } from '../../src/firewall/target.ts'
import type { TargetCommand } from '../../src/target/target-kinds.ts'
import { roleOf, type TargetPart } from '../../src/target/target-text.ts'
import { InputError } from '../system/errors.ts'
import { partsFor, placeOf, readReadiness } from './target-argument.ts'

export interface TargetFlags {
  /** `KIND:VALUE`, and after commas the files that are loaded into it. */
  readonly target?: string
  readonly ruleset?: string
  readonly load?: boolean
  readonly ready?: string
  readonly readyTimeout?: number
}

/** The options that a replay also needs. */
export const NAMING = ['target', 'ready'] as const

export interface Named {
  readonly target: Target
  /** The container loads a ruleset. */
  readonly isLoaded: boolean
}

/**
 * The target and the files of `--target` and `--ruleset`, separately: `target` is the namespace or
 * the container, `ruleset` the loaded files. Throws InputError if the command does not take them,
 * and for two rulesets.
 */
export function separated<F extends TargetFlags>(flags: F, command: TargetCommand = 'run'): F {
  const { target, ruleset, ...rest } = flags
  if (target === undefined) return flags
  const parts = partsFor(target, command, '--target')
  const [place] = parts.filter((part) => roleOf(part) !== 'files')
  const files = parts.filter((part) => roleOf(part) === 'files').map(({ text }) => text)
  if (files.length > 0 && ruleset !== undefined)
    throw new InputError(
      `--target ${target} and --ruleset ${ruleset}: both name a ruleset; leave one of them out`,
    )
  const loaded = files.length > 0 ? files.join(',') : ruleset
  return {
    ...rest,
    ...(place && place.kind !== 'here' ? { target: place.text } : {}),
    ...(loaded === undefined ? {} : { ruleset: loaded }),
  } as F
}

/** The target alone. Reading its file may throw InputError. */
export function targetIn({ target }: TargetFlags): Target | undefined {
  return target === undefined ? undefined : placeOf(firstOf(target))
}

/** Undefined if no flag names a target. Throws InputError for contradictory flags. */
export function namedBy(flags: TargetFlags): Named | undefined {
  const target = targetOf(flags)
  if (target?.kind !== 'container') refuse(flags, target)
  if (!target) return undefined
  return { target, isLoaded: flags.load === true || flags.ruleset !== undefined }
}

const firstOf = (target: string): TargetPart => partsFor(target, 'run', '--target')[0]!

function refuse({ load, ready, readyTimeout }: TargetFlags, target: Target | undefined): void {
  const vain = { load, ready, 'ready-timeout': readyTimeout }
  for (const [flag, value] of Object.entries(vain))
    if (value !== undefined)
      throw new InputError(
        target
          ? `--${flag} needs a container: an existing target is tested without changes`
          : `--${flag} needs a container: add --target image:NAME or --target container:FILE`,
      )
}

function targetOf(flags: TargetFlags): Target | undefined {
  const target = targetIn(flags)
  if (target?.kind !== 'container') return target
  const { container } = target
  return { ...target, container: { ...container, ...readinessOf(flags, container) } }
}

function readinessOf(
  { ready, readyTimeout }: TargetFlags,
  spec: ContainerSpec,
): Pick<ContainerSpec, 'ready'> {
  if (ready !== undefined) return { ready: readReadiness(ready, readyTimeout) }
  if (spec.ready === undefined) return {}
  const timeout = readyTimeout === undefined ? {} : { timeoutMs: readyTimeout * 1000 }
  return { ready: { ...spec.ready, ...timeout } }
}
