/** One interface for loading every kind of firewall, in the network namespace of the calling thread. */
import type { FirewallPart, PartKind } from '../../src/firewall/firewall.ts'
import type { Program } from '../system/find-program.ts'
import type { Executor } from './nft.ts'

export interface Loader {
  /** The name of its kind (src/firewall/kinds). */
  readonly kind: PartKind
  /** The system programs that it needs, besides those of every run. */
  programs(part: FirewallPart): readonly Program[]
  /**
   * Adds the part to the rules that are loaded. Throws InputError with file and line if the part is
   * refused, EnvironmentError if it cannot be loaded here.
   */
  load(part: FirewallPart, around: Around): void
  /** It loads nftables text of the harness with the part, in one transaction. */
  readonly takesText?: true
  /** State besides rules that such a part may leave, as sorted lines by name. Absent: none. */
  inspect?(): Readonly<Record<string, string>>
  /** Words of the text that nft resolves to interfaces, which must exist when it is checked. */
  namesByNumber?(text: string): boolean
  /** The program that writes the part as nftables text (`diff --translated`). */
  translator?(part: FirewallPart): Program
  /** nft can merge its rules (`diff --optimized`). */
  readonly isOptimizable?: true
}

export interface Around {
  /** Text of the harness that is loaded with a part. Only where it takes such text. */
  readonly before: string
  readonly after: string
  readonly executor: Executor
  /** Nothing is loaded, only checked. */
  readonly check?: boolean
}
