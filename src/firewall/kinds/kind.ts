/**
 * One interface for every kind of firewall: how a file of it is known, read, and understood. It is
 * loaded by a `Loader` of the same name (harness/firewall/loader.ts).
 */
import type { Mentions } from '../../nft/text/mention.ts'
import type { FirewallPart, PartKind, SourceLine } from '../firewall.ts'

export interface FirewallKind {
  /** Also the prefix on the command line: `nft:FILE`. */
  readonly name: PartKind
  /** What messages call such a file: `an nftables ruleset`. */
  readonly title: string
  /** Every way to name such a file on the command line, by prefix. */
  readonly prefix: Readonly<Record<string, Prefix>>
  /** Why it is more than data: nftproof runs it. Absent: it is data. */
  readonly beyond?: string
  /** Absent: parts of firewalls. `ruleset`: the file is compiled, and its ruleset is the part. */
  readonly becomes?: 'ruleset'
  /**
   * A firewall for tests: it forwards TCP port 443 and blocks all other ports, from interface
   * `lan0` to interface `wan0`. Its texts name both.
   */
  readonly example: string
  /** Undefined where the file has no sign of this kind. */
  detect(text: string, name: string): Sign | undefined
  read(given: GivenFile): ReadFile
  readonly locate: Locator
  /** Interfaces and addresses, from which a lab is inferred. */
  mentions(text: string): Mentions
  /** Words that may be interfaces, and what ends a wildcard; undefined where the text does not show its interfaces. */
  words(text: string): NameWords | undefined
}

/** A form of the command line. */
export interface Prefix {
  readonly what: string
  /** Which iptables-restore loads it. */
  readonly backend?: FirewallPart['backend']
}

/** How sure a sign is, the surest first: the first line, the text, the name of the file. */
export const SIGNS = ['interpreter', 'text', 'name'] as const
export type Sign = (typeof SIGNS)[number]

/** A file as its reader gets it. */
export interface GivenFile {
  readonly text: string
  /** The name as given. */
  readonly file: string
  /** The text with the files that it includes. */
  joined(): Pick<FirewallPart, 'text' | 'stretches'>
  /** The folder that a program of the file works in. It is noted for the result. */
  folder(): string
}

export type ReadFile =
  | { readonly ok: true; readonly part: Omit<FirewallPart, 'kind' | 'file'> }
  | { readonly ok: false; readonly problems: readonly FileProblem[] }

/** Lines and columns count from 1. */
export interface FileProblem {
  readonly line: number
  readonly column?: number
  readonly message: string
}

/** Finds where the rules of the kernel are written. In doubt there is no position: a wrong one would mislead. */
export interface Locator {
  /** Rules that nft lists. */
  rules(part: FirewallPart): readonly WrittenRule[]
  /** Base chains: `inet filter input`. */
  chains(part: FirewallPart): readonly (readonly [chain: string, at: SourceLine])[]
  /** A rule that iptables-save lists, by its index in the chain. */
  savedRule(part: FirewallPart, chain: SavedChain, index: number): SourceLine | undefined
}

/** A rule as a file has it. */
export interface WrittenRule {
  /** `inet filter input` */
  readonly chain: string
  readonly words: ReadonlySet<string>
  readonly at: SourceLine
}

/** A chain that iptables lists. */
export interface SavedChain {
  readonly family: string
  readonly table: string
  readonly name: string
  readonly rules: readonly SavedRule[]
}

interface SavedRule {
  /** As iptables-save writes it. */
  readonly saved?: string
  readonly where: { readonly text: string }
}

export interface NameWords {
  readonly words: readonly string[]
  readonly wildcard: '*' | '+'
}

/** For kinds whose rules cannot be found in their text. */
export const NOWHERE: Locator = { rules: () => [], chains: () => [], savedRule: () => undefined }

/** The text as it is, with a line end. */
export const whole = ({
  text,
  file,
}: Pick<GivenFile, 'text' | 'file'>): Pick<FirewallPart, 'text' | 'stretches'> => ({
  text: text.endsWith('\n') ? text : `${text}\n`,
  stretches: [{ from: 1, file, line: 1 }],
})

/** `#!/usr/bin/env bash` → `bash`. Undefined without such a line. */
export function interpreterIn(text: string): string | undefined {
  const [, first, second] = /^#!\s*(\S+)(?:[ \t]+(\S+))?/.exec(text) ?? []
  return [first, second].find((word) => word !== undefined && !/(?:^|\/)env$/.test(word))
}
