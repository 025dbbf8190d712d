/** The names of a matrix's targets: `here`, `old=image:debian12`, `box=result:box.json`. */
import { type Beyond, beyondData, beyondKind } from '../../src/target/beyond-data.ts'
import { roleOf } from '../../src/target/target-text.ts'
import { InputError } from '../system/errors.ts'
import { partsFor } from './target-argument.ts'
import { targetIn } from './target-flags.ts'

export interface NamedTarget {
  readonly name: string
  readonly what: string
  readonly source: Source
}

/**
 * The source of the result: a file, or a run here, in the Vagrant lab's machine, or of a named
 * firewall.
 */
export type Source =
  | { readonly kind: 'here' }
  | { readonly kind: 'vagrant' }
  | { readonly kind: 'firewall'; readonly target: string; readonly isLoaded: boolean }
  | { readonly kind: 'file'; readonly file: string }

const NAMED = /^([\w .+-]+)=(.+)$/s

/** Throws InputError for an invalid target, and if two have one name. */
export function targetsOf(texts: readonly string[]): readonly NamedTarget[] {
  const targets = texts.map(namedTargetOf)
  const twice = targets.find(({ name }, i) => targets.findIndex((one) => one.name === name) !== i)
  if (twice)
    throw new InputError(
      `--target ${twice.what}: ${JSON.stringify(twice.name)}is already the name of a target: choose another name with --target NAME=${twice.what}`,
    )
  if (targets.length < 2)
    throw new InputError(
      `a matrix compares at least two targets: name each with --target, like --target netns:r1 --target file:rules.nft (nftproof help matrix lists all kinds)`,
    )
  return targets
}

function namedTargetOf(text: string): NamedTarget {
  const [, name, what = text] = NAMED.exec(text) ?? []
  return { name: name ?? targetName(what), what, source: sourceOf(what) }
}

/** An image is identified by its name. */
const targetName = (what: string): string => what.replace(/^(?:image|netns):/, '')

function sourceOf(what: string): Source {
  const parts = partsFor(what, 'matrix', '--target')
  const [first] = parts as [(typeof parts)[number]]
  switch (first.kind) {
    case 'here':
      return { kind: 'here' }
    case 'vagrant':
      return { kind: 'vagrant' }
    case 'result':
      return { kind: 'file', file: first.value }
    case 'image':
    case 'dockerfile':
    case 'compose':
      return { kind: 'firewall', target: what, isLoaded: parts.length === 1 }
    default:
      return { kind: 'firewall', target: what, isLoaded: false }
  }
}

/** Additional arguments of a run on that target. */
export function argsOf(source: Exclude<Source, { kind: 'file' }>): string[] {
  switch (source.kind) {
    case 'here':
      return []
    case 'vagrant':
      return ['--run-in', 'vagrant']
    case 'firewall':
      return ['--target', source.target, ...(source.isLoaded ? ['--load'] : [])]
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
      return [beyondKind('vagrant', '--target vagrant')]
    case 'firewall': {
      const [first] = partsFor(source.target, 'matrix', '--target')
      const target =
        first && roleOf(first) === 'place' ? targetIn({ target: first.text }) : undefined
      return target ? beyondData({ parts: [], target }) : []
    }
    default:
      throw new Error(`unknown source ${JSON.stringify(source satisfies never)}`)
  }
}

/** Firewalls of a place that are files: their readers say what is more than data in them. */
export function filesOfTarget({ source }: NamedTarget): string[] {
  if (source.kind !== 'firewall') return []
  return partsFor(source.target, 'matrix', '--target')
    .filter((part) => roleOf(part) === 'files')
    .map(({ text }) => text)
}
