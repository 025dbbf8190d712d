/** The existing target or container that the flags of a command name. */
import type { ContainerSpec, Target } from '../../src/firewall/target.ts'
import { InputError } from '../system/errors.ts'
import { processOf, readContainer, readReadiness, targetIn } from './target-argument.ts'

export interface TargetFlags {
  readonly netns?: string
  readonly pid?: string
  readonly image?: string
  readonly container?: string
  /** The interface of each zone. */
  readonly wire?: Readonly<Record<string, string>>
  readonly load?: boolean
  readonly ready?: string
  readonly readyTimeout?: number
}

/** Flags whose values a replay command needs too. */
export const NAMING = ['netns', 'pid', 'image', 'container', 'ready'] as const
const FIREWALLS = [...NAMING.filter((flag) => flag !== 'ready'), 'wire'] as const

export interface Named {
  readonly target: Target
  /** The container loads a ruleset. */
  readonly isLoaded: boolean
}

/** Every firewall that the flags name. Reading one may throw InputError. */
export function targetsIn(flags: TargetFlags): (() => Target)[] {
  return FIREWALLS.filter((flag) => flags[flag] !== undefined).map(
    (flag) => () => targetOf({ [flag]: flags[flag] })!,
  )
}

/** Undefined if no flag names a target. Throws InputError for contradictory flags. */
export function namedBy(flags: TargetFlags, hasRuleset: boolean): Named | undefined {
  const given = FIREWALLS.filter((flag) => flags[flag] !== undefined)
  if (given.length > 1)
    throw new InputError(
      `${given.map((flag) => `--${flag}`).join(' and ')} each name a firewall: use one of them`,
    )
  const target = targetOf(flags)
  if (target?.kind !== 'container') refuse(flags, target)
  if (!target) return undefined
  return { target, isLoaded: flags.load === true || hasRuleset }
}

function refuse({ load, ready, readyTimeout }: TargetFlags, target: Target | undefined): void {
  const vain = { load, ready, 'ready-timeout': readyTimeout }
  for (const [flag, value] of Object.entries(vain))
    if (value !== undefined)
      throw new InputError(
        target
          ? `--${flag} needs a container: an existing target is tested as it is`
          : `--${flag} needs a container: name one with --image or --container`,
      )
}

function targetOf(flags: TargetFlags): Target | undefined {
  const { netns, pid, image, container, wire } = flags
  if (wire !== undefined) return { kind: 'nic', interfaces: wire }
  if (netns !== undefined) return targetIn(`netns:${netns}`)
  if (pid !== undefined) return processOf(pid)
  if (image === undefined && container === undefined) return undefined
  const spec = image === undefined ? readContainer(container!) : imageOf(image)
  return { kind: 'container', container: { ...spec, ...readinessOf(flags, spec) } }
}

/** The name of the image, or of its source: `dockerfile:FILE`, `compose:FILE#SERVICE`. */
function imageOf(name: string): ContainerSpec {
  const built = /^(?:dockerfile|compose):/.test(name) ? targetIn(name) : undefined
  if (built?.kind === 'container') return built.container
  return { source: { kind: 'image', image: name } }
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
