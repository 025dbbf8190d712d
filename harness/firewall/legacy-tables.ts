/** The rules of iptables-legacy in the kernel. */
import { existsSync, readFileSync } from 'node:fs'

/** Legacy tables in use. Empty if the kernel has no support for them. */
export function tablesIn(names: string): string[] {
  if (!existsSync(names)) return []
  return readFileSync(names, 'utf8').split('\n').filter(Boolean)
}
