/**
 * The targets, as `KIND:VALUE`: one row for each kind, and one for each prefix of the registered
 * kinds of firewalls. Parsers, help texts, errors and `--data-only` read these rows. No other code
 * knows the kinds.
 */
import type { FirewallKind, Prefix } from '../firewall/kinds/kind.ts'
import { allKinds } from '../firewall/kinds/registry.ts'

/** Commands that take a target. */
export const TARGET_COMMANDS = ['run', 'matrix', 'diff', 'explain', 'lab infer'] as const
export type TargetCommand = (typeof TARGET_COMMANDS)[number]

export interface TargetKind {
  /** The value after the colon; empty for a kind that is one word. */
  readonly value: string
  readonly what: string
  /** Options that the command line must also have. */
  readonly needs?: string
  readonly commands: readonly TargetCommand[]
  /** Why it is more than data, for `--data-only`; absent: it is data. */
  readonly beyond?: string
  /** `place`: it has a namespace of its own; `files`: it is loaded; `other`: nothing is loaded here. */
  readonly role: 'place' | 'files' | 'other'
  /** Its value begins with the path of a file. */
  readonly isPath?: true
  /** The reader of a file of this kind; absent: detected by its content. */
  readonly reads?: { readonly kind: FirewallKind; readonly prefix: Prefix }
}

const ALL = TARGET_COMMANDS
const FILES = { commands: ALL, role: 'files', value: 'FILE', isPath: true } as const
const CONTAINER = { commands: ALL, role: 'place' } as const
const RULES = '--ready, --load or a ruleset'
const NAMESPACE = 'it is a namespace of this machine, and nftproof would enter it'

const KINDS = {
  here: {
    ...{ value: '', commands: ['run', 'matrix'], role: 'other' },
    what: 'a new network namespace (the default)',
  },
  netns: {
    ...{ value: 'NAME', commands: ALL, role: 'place', beyond: NAMESPACE },
    what: 'an existing network namespace (ip netns list)',
  },
  pid: {
    ...{ value: 'PID', commands: ALL, role: 'place', beyond: NAMESPACE },
    what: 'the network namespace of this process',
  },
  image: {
    ...{ ...CONTAINER, value: 'NAME', needs: RULES },
    what: 'a container of this image',
    beyond: 'it is an image, and nftproof would run its programs',
  },
  dockerfile: {
    ...{ ...CONTAINER, value: 'FILE', isPath: true, needs: RULES },
    what: 'a container of the image that this file builds',
    beyond: 'it is a Dockerfile, and nftproof would run its commands',
  },
  compose: {
    ...{ ...CONTAINER, value: 'FILE#SERVICE', isPath: true, needs: RULES },
    what: 'a container of this service',
    beyond: 'it is a compose file, and nftproof would run its service',
  },
  container: {
    ...{ ...CONTAINER, value: 'FILE', isPath: true },
    what: 'the container that this file describes',
    beyond: 'it is a container, and nftproof would run its programs',
  },
  nic: {
    ...{ value: 'ZONE=INTERFACE,…', commands: ['run', 'matrix'], role: 'place' },
    what: 'another machine, between these interfaces',
    beyond: 'these are interfaces of this machine, and nftproof would send packets on them',
  },
  vagrant: {
    ...{ value: '', commands: ['matrix'], role: 'other' },
    what: 'the machine of the Vagrantfile in this folder',
    beyond: 'nftproof would run the Vagrantfile of this folder',
  },
  result: {
    ...{ value: 'FILE', commands: ['matrix'], role: 'other', isPath: true },
    what: 'a result of `nftproof run`',
  },
  file: { ...FILES, what: 'a ruleset, script or policy (the default)' },
  git: {
    ...{ ...FILES, value: 'REVISION:PATH' },
    what: 'a file of a git revision (also without git:)',
  },
} as const satisfies Readonly<Record<string, TargetKind>>

const rowOf = (kind: FirewallKind, prefix: Prefix): TargetKind => ({
  ...{ ...FILES, what: prefix.what, reads: { kind, prefix } },
  ...(kind.beyond === undefined ? {} : { beyond: kind.beyond }),
})

/** All rows in order. A prefix cannot take the place of another row. */
export function targetKinds(): Readonly<Record<string, TargetKind>> {
  const files = allKinds()
    .toReversed()
    .flatMap((kind) =>
      Object.entries(kind.prefix).map(([name, prefix]) => [name, rowOf(kind, prefix)] as const),
    )
  return { ...KINDS, ...Object.fromEntries(files.filter(([name]) => !(name in KINDS))) }
}

export type TargetKindName = string

export function targetKind(name: TargetKindName): TargetKind {
  const row = targetKinds()[name]
  if (!row) throw new Error(`unknown kind of target ${name}`)
  return row
}

export const isTargetKind = (word: string): boolean => Object.hasOwn(targetKinds(), word)

/** `netns:NAME`, `here`. */
export function kindForm(name: TargetKindName): string {
  const { value } = targetKind(name)
  return value === '' ? name : `${name}:${value}`
}

/** Kinds that a command takes, in the order of the table. */
export function kindsFor(command: TargetCommand): TargetKindName[] {
  return Object.entries(targetKinds())
    .filter(([, { commands }]) => commands.includes(command))
    .map(([name]) => name)
}

/** `netns:NAME, pid:PID, … or policy:FILE`. */
export function formsFor(command: TargetCommand): string {
  const forms = kindsFor(command).map(kindForm)
  return `${forms.slice(0, -1).join(', ')} or ${forms.at(-1)}`
}

/** Lines of a help text: every kind that the command takes. */
export function kindLines(command: TargetCommand): string[] {
  const kinds = kindsFor(command)
  const width = Math.max(...kinds.map((name) => kindForm(name).length))
  const needing = kinds.filter((name) => targetKind(name).needs !== undefined)
  const needs = `${needing.slice(0, -1).join(', ')} and ${needing.at(-1)} need ${RULES}.`
  return [
    ...kinds.map((name) => `  ${kindForm(name).padEnd(width)}  ${targetKind(name).what}`),
    ...(command === 'run' ? [needs] : []),
  ]
}
