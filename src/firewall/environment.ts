/** Variables that scripts get beyond those that every script has. */
import type { Firewall } from './firewall.ts'

export type Environment = Readonly<Record<string, string>>

/** IEEE Std 1003.1, 8.1, and small letters too. */
export const VARIABLE_NAME = /^[A-Za-z_][A-Za-z0-9_]*$/

/** Its scripts have these variables; of other kinds of parts nothing changes. */
export function withEnvironment(
  firewall: Firewall,
  environment: Environment | undefined,
): Firewall {
  if (environment === undefined) return firewall
  const parts = firewall.parts.map((part) =>
    part.kind === 'script' ? { ...part, environment } : part,
  )
  return { ...firewall, parts }
}
