/** The form of a matrix's targets: `here`, `old=image:debian12`, `box=result:box.json`. */
import { type Beyond, beyondData, beyondHere } from '../../src/firewall/beyond-data.ts'
import { InputError } from '../system/errors.ts'
import { type TargetFlags, targetsIn } from './target-flags.ts'

export interface NamedTarget {
  readonly name: string
  readonly what: string
  readonly source: Source
}

/**
 * The source of the result: a file, a run here, in the machine of the Vagrant lab, or of a firewall
 * that flags name.
 */
export type Source =
  | { readonly kind: 'here' }
  | { readonly kind: 'vagrant' }
  | { readonly kind: 'firewall'; readonly flags: FirewallFlags; readonly isLoaded: boolean }
  | { readonly kind: 'file'; readonly file: string }

type FirewallFlags = Pick<TargetFlags, 'image' | 'container' | 'netns'>

const NAMED = /^([\w .+-]+)=(.+)$/s
const KINDS =
  'here, image:NAME, dockerfile:FILE, compose:FILE#SERVICE, container:FILE, netns:NAME, vagrant or result:FILE'

/** Throws InputError for an invalid target, and if two have one name. */
export function targetsOf(texts: readonly string[]): readonly NamedTarget[] {
  const targets = texts.map(namedTargetOf)
  const twice = targets.find(({ name }, i) => targets.findIndex((one) => one.name === name) !== i)
  if (twice)
    throw new InputError(
      `--on ${twice.what}: the name ${JSON.stringify(twice.name)} is already in use: choose one with NAME=${twice.what}`,
    )
  if (targets.length < 2)
    throw new InputError(`a matrix needs at least two targets: give each with --on ${KINDS}`)
  return targets
}

function namedTargetOf(text: string): NamedTarget {
  const [, name, what = text] = NAMED.exec(text) ?? []
  return { name: name ?? nameOf(what), what, source: sourceOf(what) }
}

/** An image is identified by its name. */
const nameOf = (what: string): string => what.replace(/^(?:image|netns):/, '')

function sourceOf(what: string): Source {
  const [, kind, value = ''] = /^(\w+):(.+)$/s.exec(what) ?? [what, what]
  switch (kind) {
    case 'here':
      return { kind: 'here' }
    case 'vagrant':
      return { kind: 'vagrant' }
    case 'result':
      return { kind: 'file', file: value }
    case 'image':
      return { kind: 'firewall', flags: { image: value }, isLoaded: true }
    case 'dockerfile':
    case 'compose':
      return { kind: 'firewall', flags: { image: what }, isLoaded: true }
    case 'container':
    case 'netns':
      return { kind: 'firewall', flags: { [kind]: value }, isLoaded: false }
    default:
      throw new InputError(`--on ${what}: unknown target: use ${KINDS}`)
  }
}

/** Additional arguments of a run on that target. */
export function argsOf(source: Exclude<Source, { kind: 'file' }>): string[] {
  switch (source.kind) {
    case 'here':
      return []
    case 'vagrant':
      return ['--in', 'vagrant']
    case 'firewall': {
      const named = Object.entries(source.flags).flatMap(([flag, value]) => [`--${flag}`, value])
      return [...named, ...(source.isLoaded ? ['--load'] : [])]
    }
    default:
      throw new Error(`unknown source ${JSON.stringify(source satisfies never)}`)
  }
}

/**
 * The parts of a target that are more than data. Throws InputError for a container file with
 * errors.
 */
export function beyondTarget({ source }: NamedTarget): Beyond[] {
  switch (source.kind) {
    case 'here':
    case 'file':
      return []
    case 'vagrant':
      return [beyondHere('vagrant', '--on vagrant')]
    case 'firewall':
      return targetsIn(source.flags).flatMap((provider) =>
        beyondData({ parts: [], target: provider() }),
      )
    default:
      throw new Error(`unknown source ${JSON.stringify(source satisfies never)}`)
  }
}
