/** What is under test, as it was given, and what the kernel has of it once it is loaded. */
import type { Family } from '../net/protocol.ts'
import type { Target } from './target.ts'

/** `iptables` and `ip6tables` are the output of iptables-save and ip6tables-save; a script is run in the lab. */
export type PartKind = 'nft' | 'iptables' | 'ip6tables' | 'script'

/** Lines of a part's text from `from` on (counted from 1) are those of `file` from `line` on, until the next stretch. */
export interface Stretch {
  readonly from: number
  readonly file: string
  readonly line: number
}

export interface FirewallPart {
  readonly kind: PartKind
  /** Of iptables parts. Absent: what iptables-restore is on this machine. */
  readonly backend?: 'nft' | 'legacy'
  /** As it was named: a path, or `REVISION:path`. */
  readonly file: string
  /** Another file named it, and not the user. */
  readonly isNamedByFile?: true
  /** With everything that it includes in its place. */
  readonly text: string
  readonly stretches: readonly Stretch[]
  /** Of scripts: the folder that it is run in, and what runs it, `/bin/bash -e`. */
  readonly folder?: string
  readonly interpreter?: readonly string[]
  /** Of scripts: variables beyond those that every script has. */
  readonly environment?: Readonly<Record<string, string>>
  /** Loaded by way of `nft --optimize`. */
  readonly optimized?: true
}

/** Parts are loaded in this order, each beside what is there. */
export interface Firewall {
  /** As it was named on the command line or in a scenario. */
  readonly origin: string
  readonly parts: readonly FirewallPart[]
  /** Whose namespace it is in. Absent: the lab's own. Without parts it is what is there already. */
  readonly target?: Target
}

/** What the kernel has, after the firewall was loaded. */
export interface Inspection {
  /** Parsed output of `nft -j -a -p list ruleset`, the harness's own tables and dormant ones left out. */
  readonly nft: unknown
  /** Output of `nft -a -s list ruleset`, dormant tables included, the harness's own tables left out. */
  readonly listing: string
  /** Of `nft`'s text, where its sets are so large that the listing leaves their elements out. */
  readonly digest?: string
  /** Tables that are loaded and switched off (`flags dormant`), which `nft` leaves out: `inet filter`. */
  readonly dormant?: readonly string[]
  /** Output of iptables-legacy-save and ip6tables-legacy-save, where such tables are in use. */
  readonly legacy: Readonly<Partial<Record<Family, string>>>
  /** Output of iptables-save and ip6tables-save, where nft's listing does not tell all of such rules (`xt match`). */
  readonly saved?: Readonly<Partial<Record<Family, string>>>
  /** Routing rules that ask for marks, as ip-rule(8) lists them, where rules set any. */
  readonly markRoutes?: readonly string[]
  /** What a script may leave beside its rules, by name: `ipset`, `IPv4 routes` … */
  readonly state?: Readonly<Record<string, string>>
}

/** Where in a file. Lines and columns count from 1. */
export interface SourceLine {
  readonly file: string
  readonly line: number
  readonly column?: number
}

/** Place of a line of the part's text. */
export function sourceLineOf({ stretches, file }: FirewallPart, line: number): SourceLine {
  const stretch = stretches.findLast(({ from }) => from <= line)
  return stretch ? { file: stretch.file, line: stretch.line + line - stretch.from } : { file, line }
}
