/**
 * Checks a ruleset with nft in a new namespace, so neither privileges nor the host's tables matter.
 */

import { loadRuleset, RulesetError } from '../firewall/nft.ts'
import { EnvironmentError } from '../system/errors.ts'
import { findProgram } from '../system/find-program.ts'
import { explainSandboxFailure } from './failure.ts'
import { mustBeRootless } from './sandbox.ts'

/** Throws like `loadRuleset`, and EnvironmentError if no namespace can be created. */
export function checkInSandbox(text: string): void {
  const user = mustBeRootless() ? ['--user', '--map-root-user'] : []
  try {
    loadRuleset(text, { check: true, lead: [findProgram('unshare'), ...user, '--net'] })
  } catch (cause) {
    const said = /unshare: .*/.exec((cause as Error).message)?.[0]
    if (said === undefined || (cause instanceof RulesetError && cause.position)) throw cause
    throw new EnvironmentError(
      `no namespace could be created: ${said}\n${explainSandboxFailure(said)}`,
      { cause },
    )
  }
}
