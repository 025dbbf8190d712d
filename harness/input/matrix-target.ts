/** How the places of a matrix are named: `here`, `old=image:debian12`, `box=result:box.json`. */
import { type Beyond, beyondData, beyondHere } from '../../src/firewall/beyond-data.ts'
import { InputError } from '../system/errors.ts'
import { type TargetFlags, targetsIn } from './target-flags.ts'

export interface NamedTarget {
  readonly name: string
  readonly what: string
  readonly source: Source
}

/** Where the result comes from: a file, or a run here, in the Vagrant lab's machine, or of a firewall that flags name. */
export type Source =
  | { readonly kind: 'here' }
  | { readonly kind: 'vagrant' }
  | { readonly kind: 'firewall'; readonly flags: FirewallFlags; readonly isLoaded: boolean }
  | { readonly kind: 'file'; readonly file: string }

type FirewallFlags = Pick<TargetFlags, 'image' | 'container' | 'netns'>

const NAMED = /^([\w .+-]+)=(.+)$/s
const KINDS =
  'here, image:NAME, dockerfile:FILE, compose:FILE#SERVICE, container:FILE, netns:NAME, vagrant or result:FILE'

/** Throws InputError where it is none, and where two have one name. */
export function targetsOf(texts: readonly string[]): readonly NamedTarget[] {
  const targets = texts.map(namedTargetOf)
  const twice = targets.find(({ name }, i) => targets.findIndex((one) => one.name === name) !== i)
  if (twice)
    throw new InputError(
      `--on ${twice.what}: ${JSON.stringify(twice.name)} names another target already: NAME=${twice.what} gives it one`,
    )
  if (targets.length < 2)
    throw new InputError(`a matrix compares at least two targets: --on ${KINDS}, each with --on`)
  return targets
}

function namedTargetOf(text: string): NamedTarget {
  const [, name, what = text] = NAMED.exec(text) ?? []
  return { name: name ?? targetName(what), what, source: sourceOf(what) }
}

/** An image is known by its own name. */
const targetName = (what: string): string => what.replace(/^(?:image|netns):/, '')

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

/** Further arguments of a run in that place. */
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

/** What is more than data about a place. Throws InputError for a container file with faults. */
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
