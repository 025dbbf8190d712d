/** The handlers of `nftproof request approve` and `nftproof request reject`. */
import { dirname } from 'node:path'
import type { Problem } from '../../src/input/problem.ts'
import { organizationsOf } from '../../src/platform/platform.ts'
import type { Day } from '../../src/policy/grant.ts'
import { openingWords, stateWords } from '../../src/report/request-words.ts'
import { plain } from '../../src/report/words.ts'
import { withDecision } from '../../src/request/edit.ts'
import type { Decided } from '../../src/request/edit-text.ts'
import type { Request } from '../../src/request/request.ts'
import { forbidding, remarks } from '../../src/request/review.ts'
import { stateOf } from '../../src/request/state.ts'
import { openPlatform, today } from '../input/load.ts'
import { replaceText } from '../input/replace-file.ts'
import { besides, findPlatform, loadRequest, rootOfFound } from '../input/request-file.ts'
import { say, warn } from '../output/console.ts'
import { warnOf } from '../output/problem-messages.ts'
import { EXIT, InputError } from '../system/errors.ts'
import { Faults, FaultyFiles } from '../system/faulty-files.ts'
import { shown } from '../system/text-file.ts'

export interface DecideFlags {
  readonly platform?: string
  readonly at?: Day
  readonly by: string
  readonly reason: string
  readonly until?: Day
}

export function decideCommand(
  file: string,
  verb: 'approve' | 'reject',
  flags: DecideFlags,
): number {
  const decision = decisionOf(verb, flags)
  const faults = new Faults()
  const loaded = faults.attempt(() => loadRequest(file))
  const opened = verb === 'approve' ? faults.attempt(() => platformFor(file, flags)) : undefined
  faults.finish()
  const { request, warnings } = loaded!
  mustBePending(request, file)
  if (verb === 'approve') {
    const found = opened ? mustBePossible(request, opened, { file, at: flags.at }) : []
    warnOf([...warnings, ...found])
    if (decision.on < request.requested)
      warn(
        `warning: ${shown(file)}: decided on ${decision.on}, which is before the request, ${request.requested}`,
      )
  }
  replaceText(file, (real) => decidedText(real, file, decision))
  const decided = { ...request, decision }
  const words = stateWords(decided, stateOf(decided, decision.on), decision.on)
  say(plain(`${request.id} (${request.project}, ${openingWords(request)}): ${words}`))
  return EXIT.conforms
}

/** The length limits of a request file's schema. */
const LONGEST = { by: 200, reason: 2000 } as const

function decisionOf(verb: 'approve' | 'reject', flags: DecideFlags): Decided {
  const made = { by: flags.by.trim(), on: flags.at ?? today(), reason: flags.reason.trim() }
  for (const key of ['by', 'reason'] as const)
    if (made[key] === '' || made[key].length > LONGEST[key])
      throw new InputError(`--${key}: must have 1 to ${LONGEST[key]} characters`)
  if (verb === 'reject') return { status: 'rejected', ...made }
  const { until } = flags
  if (until !== undefined && until < made.on)
    throw new InputError(`--until ${until}: the last day is before the decision, ${made.on}`)
  return { status: 'approved', ...made, ...(until === undefined ? {} : { until }) }
}

function mustBePending({ decision }: Request, file: string): void {
  if (decision.status === 'pending') return
  const { status, by, on } = decision
  throw new InputError(`${shown(file)}: already ${status} by ${plain(by)} on ${on}`)
}

/** Without a platform there is nothing to check the request against. */
function platformFor(file: string, flags: DecideFlags): Opened | undefined {
  const platformFile = findPlatform(flags.platform, dirname(file))
  return platformFile === undefined
    ? undefined
    : openPlatform(platformFile, rootOfFound(flags.platform, platformFile))
}

type Opened = ReturnType<typeof openPlatform>

/** Warnings before an approval. */
function mustBePossible(
  request: Request,
  { platform, policy }: Opened,
  { file, at }: { readonly file: string; readonly at: DecideFlags['at'] },
): Problem[] {
  const organizations = organizationsOf(platform)
  const others = besides(platform.requests, file)
  const problems = forbidding(request, { organizations, others })
  if (problems.length > 0) throw new FaultyFiles(problems)
  return remarks(request, { policy, others, zones: platform.zones, at: at ?? today() })
}

/** Read again, because another decision may have been written in the meantime. */
function decidedText(real: string, file: string, decision: Decided): string {
  const { request, text } = loadRequest(real)
  mustBePending(request, file)
  const edit = withDecision(text, decision)
  if (!edit.ok) throw new InputError(`${shown(file)}: ${edit.reason}`)
  return edit.text
}
