/** Variables for scripts, besides those that every script gets. */
import type { Firewall } from '../firewall.ts'
import { isCode } from './registry.ts'

export type Environment = Readonly<Record<string, string>>

/** IEEE Std 1003.1, 8.1, and lower-case letters too. */
export const VARIABLE_NAME = /^[A-Za-z_][A-Za-z0-9_]*$/

/** Scripts of the firewall get these variables. Parts of other kinds stay the same. */
export function withEnvironment(
  firewall: Firewall,
  environment: Environment | undefined,
): Firewall {
  if (environment === undefined) return firewall
  const parts = firewall.parts.map((part) => (isCode(part) ? { ...part, environment } : part))
  return { ...firewall, parts }
}
