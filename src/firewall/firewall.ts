/** The firewall under test as given, and the rules that the kernel has after loading it. */
import type { Family } from '../net/protocol.ts'
import type { Target } from './target.ts'

/** The name of a kind that is registered (kinds/registry.ts): `nft`. */
export type PartKind = string

/**
 * Lines of a part's text from `from` on (counted from 1) are lines of `file` from `line` on, up to
 * the next entry.
 */
export interface Stretch {
  readonly from: number
  readonly file: string
  readonly line: number
}

export interface FirewallPart {
  readonly kind: PartKind
  /** iptables parts only. Absent: the iptables-restore of this machine. */
  readonly backend?: 'nft' | 'legacy'
  /** The name as given: a path, or `REVISION:path`. */
  readonly file: string
  /** Another file names it, not the command line. */
  readonly isNamedByFile?: true
  /** The text with all included files in place. */
  readonly text: string
  readonly stretches: readonly Stretch[]
  /** Scripts only: the working folder, and the interpreter, `/bin/bash -e`. */
  readonly folder?: string
  readonly interpreter?: readonly string[]
  /** Scripts only: files that it reads with `.` or `source`, by the word that names them. */
  readonly sourced?: readonly { readonly word: string; readonly text: string }[]
  /** Scripts only: variables besides those that every script gets. */
  readonly environment?: Readonly<Record<string, string>>
  /** Compiled from a policy. */
  readonly compiled?: true
  /** Loaded with `nft --optimize`. */
  readonly optimized?: true
}

/** Parts are loaded in this order. Each one adds to the rules of those before. */
export interface Firewall {
  /** The name as given on the command line or in a scenario. */
  readonly origin: string
  readonly parts: readonly FirewallPart[]
  /**
   * The namespace of the firewall. Absent: a new one of the lab. Without parts, its existing rules
   * are tested.
   */
  readonly target?: Target
}

/** The rules that the kernel has after the firewall was loaded. */
export interface Inspection {
  /** Parsed output of `nft -j -a -p list ruleset`, the harness's own tables and dormant ones left out. */
  readonly nft: unknown
  /** Output of `nft -a -s list ruleset`, dormant tables included, the harness's own tables left out. */
  readonly listing: string
  /** From `nft`'s text, if its sets are so large that the listing omits their elements. */
  readonly digest?: string
  /** Tables that are loaded and switched off (`flags dormant`), which `nft` leaves out: `inet filter`. */
  readonly dormant?: readonly string[]
  /** Output of iptables-legacy-save and ip6tables-legacy-save, if legacy tables have rules. */
  readonly legacy: Readonly<Partial<Record<Family, string>>>
  /**
   * Output of iptables-save and ip6tables-save, if nft's listing omits parts of such rules (`xt
   * match`).
   */
  readonly saved?: Readonly<Partial<Record<Family, string>>>
  /** Routing rules that match marks, as ip-rule(8) lists them, if rules set marks. */
  readonly markRoutes?: readonly string[]
  /** State other than rules that a script may leave, by name: `ipset`, `IPv4 routes` … */
  readonly state?: Readonly<Record<string, string>>
}

/** A position in a file. Lines and columns count from 1. */
export interface SourceLine {
  readonly file: string
  readonly line: number
  readonly column?: number
}

/** The source position of a line of the part's text. */
export function sourceLineOf({ stretches, file }: FirewallPart, line: number): SourceLine {
  const stretch = stretches.findLast(({ from }) => from <= line)
  return stretch ? { file: stretch.file, line: stretch.line + line - stretch.from } : { file, line }
}
