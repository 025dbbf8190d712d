/** Which firewall the flags of a command name that is somewhere already, or in a container. */
import type { ContainerSpec, Target } from '../../src/firewall/target.ts'
import { InputError } from '../system/errors.ts'
import { processOf, readContainer, readReadiness, targetIn } from './target-argument.ts'

export interface TargetFlags {
  readonly netns?: string
  readonly pid?: string
  readonly image?: string
  readonly container?: string
  /** Interfaces by zone. */
  readonly wire?: Readonly<Record<string, string>>
  readonly load?: boolean
  readonly ready?: string
  readonly readyTimeout?: number
}

/** What their values are, is what a replay needs too. */
export const NAMING = ['netns', 'pid', 'image', 'container', 'ready'] as const
const FIREWALLS = [...NAMING.filter((flag) => flag !== 'ready'), 'wire'] as const

export interface Named {
  readonly target: Target
  /** A ruleset is loaded into it. */
  readonly isLoaded: boolean
}

/** Every firewall that the flags name, by itself: reading one may throw InputError. */
export function targetsIn(flags: TargetFlags): (() => Target)[] {
  return FIREWALLS.filter((flag) => flags[flag] !== undefined).map(
    (flag) => () => targetOf({ [flag]: flags[flag] })!,
  )
}

/** Undefined where no flag names one. Throws InputError for flags that contradict each other. */
export function namedBy(flags: TargetFlags, hasRuleset: boolean): Named | undefined {
  const given = FIREWALLS.filter((flag) => flags[flag] !== undefined)
  if (given.length > 1)
    throw new InputError(
      `only one of ${given.map((flag) => `--${flag}`).join(' and ')} can be the firewall`,
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
          ? `--${flag} is for containers: what exists is tested as it is`
          : `--${flag} is for containers: name one with --image or --container`,
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

/** The name of one, or of what it is built from: `dockerfile:FILE`, `compose:FILE#SERVICE`. */
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
