/** Written by `npm run kinds` from the files of this folder: do not edit it. */
import { kind as ip6tables } from './ip6tables.ts'
import { kind as iptables } from './iptables.ts'
import type { FirewallKind } from './kind.ts'
import { kind as nft } from './nft.ts'
import { kind as policy } from './policy.ts'
import { kind as script } from './script.ts'

export const ALL: readonly FirewallKind[] = [ip6tables, iptables, nft, policy, script]
