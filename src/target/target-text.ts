/** `KIND:VALUE` as text: the parts of a target, before any of them is read. */
import {
  formsFor,
  isTargetKind,
  kindForm,
  type TargetCommand,
  type TargetKind,
  type TargetKindName,
  targetKind,
} from './target-kinds.ts'

/** One of the names between the commas. */
export interface TargetPart {
  /** As it was written. */
  readonly text: string
  /** `file` where none was written. */
  readonly kind: TargetKindName
  readonly value: string
  /** Its kind was written: a file of no kind may be a git revision. */
  readonly isExplicit: boolean
}

type IsFile = (path: string) => boolean

const KIND = /^([\w-]+)(?::(.*))?$/s

/** If a file with exactly this name exists, the target is this file. */
export function targetParts(text: string, isFile: IsFile): TargetPart[] {
  if (isFile(text)) return [bare(text)]
  // Its interfaces have commas between them, and nothing is loaded into it.
  if (text.startsWith('nic:')) return [partOf(text, isFile)]
  return text.split(',').map((name) => partOf(name, isFile))
}

const bare = (text: string): TargetPart => ({ text, kind: 'file', value: text, isExplicit: false })

function partOf(text: string, isFile: IsFile): TargetPart {
  if (isFile(text)) return bare(text)
  const [, kind = '', value] = KIND.exec(text) ?? []
  if (!isTargetKind(kind)) return bare(text)
  const isWord = targetKind(kind).value === ''
  if (isWord !== (value === undefined)) return bare(text)
  return { text, kind, value: value ?? '', isExplicit: true }
}

export const roleOf = ({ kind }: Pick<TargetPart, 'kind'>): TargetKind['role'] =>
  targetKind(kind).role

/** Why a command cannot take the target; undefined where it can. */
export function targetProblem(
  parts: readonly TargetPart[],
  command: TargetCommand,
): string | undefined {
  if (parts.some(({ text }) => text === ''))
    return parts.length === 1
      ? 'the name is empty: is a variable of the shell unset?'
      : 'a name is missing between the commas'
  const empty = parts.find(({ kind, value }) => targetKind(kind).value !== '' && value === '')
  if (empty) return `${empty.text}: the name after the colon is missing: ${kindForm(empty.kind)}`
  const strange = parts.find(({ kind }) => !targetKind(kind).commands.includes(command))
  if (strange)
    return `${strange.text}: ${command} does not take this target: ${elsewhere(strange.kind, command)}`
  const late = parts.slice(1).find((part) => roleOf(part) !== 'files')
  if (late) return `${late.text}: name it first, before the files that are loaded into it`
  const [first, second] = parts
  if (first && second && roleOf(first) === 'other')
    return `${second.text}: nothing can be loaded into ${first.text}: remove it, or use --ruleset`
  return undefined
}

function elsewhere(kind: TargetKindName, command: TargetCommand): string {
  const others = targetKind(kind).commands.map((name) => `nftproof ${name}`)
  return `it is one of ${others.join(' and ')}; ${command} takes ${formsFor(command)}`
}
