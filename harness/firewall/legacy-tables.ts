/** What the older kind of iptables has in the kernel. */
import { existsSync, readFileSync } from 'node:fs'

/** Tables of the older kind that are in use; none where the kernel has no such thing. */
export function tablesIn(names: string): string[] {
  if (!existsSync(names)) return []
  return readFileSync(names, 'utf8').split('\n').filter(Boolean)
}
