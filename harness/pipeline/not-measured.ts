/** The error of one scenario, as a part of its result: the other scenarios continue. */
import type { Family } from '../../src/net/protocol.ts'
import { RulesetTextError } from '../../src/quote/nft.ts'
import type { NotMeasured, NotMeasuredCause } from '../../src/result/result.ts'
import { EXIT } from '../system/errors.ts'

export function notMeasured(error: unknown, family?: Family): NotMeasured {
  const cause = causeOf(error)
  const said = error instanceof Error ? error.message : String(error)
  const reason = cause === 'bug' ? `this is a bug: ${said}${traceOf(error)}` : said
  return { ...(family === undefined ? {} : { family }), cause, reason }
}

function causeOf(error: unknown): NotMeasuredCause {
  if (error instanceof RulesetTextError) return 'input'
  if (!(error instanceof Error && 'exitCode' in error)) return 'bug'
  return error.exitCode === EXIT.badInput ? 'input' : 'environment'
}

/** The command reports an unexpected error in the same way. */
function traceOf(error: unknown): string {
  if (!process.env.NFTPROOF_DEBUG)
    return '\nRun the command again with NFTPROOF_DEBUG=1 to see the stack trace.'
  return error instanceof Error ? `\n${error.stack}\n${error.cause ?? ''}` : ''
}
