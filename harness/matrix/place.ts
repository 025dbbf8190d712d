/** How the places of a matrix are named: `here`, `old=image:debian12`, `box=result:box.json`. */
import { InputFailure } from '../failure.ts'

export interface Place {
  readonly name: string
  readonly what: string
  readonly source: Source
}

/** Where the result comes from: a run with these further arguments, or a file. */
export type Source =
  | { readonly kind: 'run'; readonly args: readonly string[] }
  | { readonly kind: 'file'; readonly file: string }

const NAMED = /^([\w .+-]+)=(.+)$/s
const KINDS =
  'here, image:NAME, dockerfile:FILE, compose:FILE#SERVICE, container:FILE, netns:NAME, vagrant or result:FILE'

/** Throws InputFailure where it is none, and where two have one name. */
export function placesOf(texts: readonly string[]): readonly Place[] {
  const places = texts.map(placeOf)
  const twice = places.find(({ name }, i) => places.findIndex((one) => one.name === name) !== i)
  if (twice)
    throw new InputFailure(
      `--on ${twice.what}: ${JSON.stringify(twice.name)} is the name of another place already; NAME=${twice.what} gives it one`,
    )
  if (places.length < 2)
    throw new InputFailure(`a matrix compares at least two places: --on ${KINDS}, each with --on`)
  return places
}

function placeOf(text: string): Place {
  const [, name, what = text] = NAMED.exec(text) ?? []
  return { name: name ?? nameOf(what), what, source: sourceOf(what) }
}

/** An image is known by its own name. */
const nameOf = (what: string): string => what.replace(/^(?:image|netns):/, '')

function sourceOf(what: string): Source {
  const [, kind, value = ''] = /^(\w+):(.+)$/s.exec(what) ?? [what, what]
  switch (kind) {
    case 'here':
      return { kind: 'run', args: [] }
    case 'vagrant':
      return { kind: 'run', args: ['--in', 'vagrant'] }
    case 'result':
      return { kind: 'file', file: value }
    case 'image':
      return { kind: 'run', args: ['--image', value, '--load'] }
    case 'dockerfile':
    case 'compose':
      return { kind: 'run', args: ['--image', what, '--load'] }
    case 'container':
    case 'netns':
      return { kind: 'run', args: [`--${kind}`, value] }
    default:
      throw new InputFailure(`--on ${what}: no place; there are ${KINDS}`)
  }
}
