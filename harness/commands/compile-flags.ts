/** The flags of `nftproof compile`, for both kinds of policies. */

import type { Day } from '../../src/policy/grant.ts'

export interface CompileFlags {
  readonly project?: string[]
  readonly scenario?: string
  readonly scenarios?: string
  readonly bundled?: boolean
  readonly out?: string
  readonly check?: boolean
  readonly at?: Day
  readonly base?: string
  readonly grants?: boolean
  readonly lab?: string
}
