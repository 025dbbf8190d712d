/** Written by `npm run kinds` from the files of this folder: do not edit it. */
import { loader as ip6tables } from './load-ip6tables.ts'
import { loader as iptables } from './load-iptables.ts'
import { loader as nft } from './load-nft.ts'
import { loader as script } from './load-script.ts'
import type { Loader } from './loader.ts'

export const ALL_LOADERS: readonly Loader[] = [ip6tables, iptables, nft, script]
