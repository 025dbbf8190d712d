/** The handler of `nftproof request review`. */
import { existsSync, readFileSync } from 'node:fs'
import { dirname } from 'node:path'
import type { LabPlan } from '../../src/lab/lab.ts'
import { organizationsOf } from '../../src/platform/platform.ts'
import type { Day, Grant } from '../../src/policy/grant.ts'
import { RulesetTextError } from '../../src/quote/nft.ts'
import { grantsOf, isLive } from '../../src/request/grants.ts'
import type { Request } from '../../src/request/request.ts'
import { type Context, forbidding, review } from '../../src/request/review.ts'
import type { Naming, Review } from '../../src/request/reviewed.ts'
import { parseServices, type Services } from '../../src/request/services.ts'
import type { Measured } from '../../src/result/measured.ts'
import { openPlatform, today } from '../input/load.ts'
import {
  besides,
  findPlatform,
  loadRequest,
  needPlatform,
  rootOfFound,
} from '../input/request-file.ts'
import { openReports, type ReportFlags, tell } from '../output/reports.ts'
import { EnvironmentError, EXIT, InputError } from '../system/errors.ts'
import { Faults, FaultyFiles } from '../system/faulty-files.ts'
import { filesRead, noteFile } from '../system/files-read.ts'
import { shown } from '../system/text-file.ts'

export interface ReviewFlags extends ReportFlags {
  readonly platform?: string
  readonly at?: Day
  readonly measure: boolean
  readonly rootless?: boolean
}

export async function reviewCommand(file: string, flags: ReviewFlags): Promise<number> {
  const reports = await openReports(flags)
  const faults = new Faults()
  const loaded = faults.attempt(() => loadRequest(file))
  // Without a request, where to look for its platform is not known.
  const hasPlatform = loaded || findPlatform(flags.platform, dirname(file)) !== undefined
  const opened = hasPlatform ? faults.attempt(() => platformFor(file, flags)) : undefined
  faults.finish()
  const { request, warnings } = loaded!
  const { platform, policy, platformFile, lab } = opened!
  const context: Context = {
    policy,
    platform: shown(platformFile),
    zones: platform.zones,
    organizations: organizationsOf(platform),
    others: besides(platform.requests, file),
    warnings,
    at: flags.at ?? today(),
    ...services(),
  }
  const measured = await measuredOf(request, { ...context, lab }, flags)
  const page = review(request, context, measured)
  const allWritten = await tell(reports, { kind: 'review', review: page, tested: filesRead() })
  const code = exitCodeOf(page)
  return code === EXIT.conforms && !allWritten ? EXIT.notMeasured : code
}

function platformFor(file: string, { platform }: ReviewFlags) {
  const platformFile = needPlatform(platform, dirname(file))
  return { ...openPlatform(platformFile, rootOfFound(platform, platformFile)), platformFile }
}

/**
 * A request that cannot be approved as it is counts as invalid input, whatever the measurement
 * shows.
 */
export function exitCodeOf({ findings, measured }: Review): number {
  if (findings.some(({ kind }) => kind === 'contradiction')) return EXIT.badInput
  switch (measured.verdict) {
    case 'exact':
      return EXIT.conforms
    case 'different':
      return EXIT.mismatch
    case 'unknown':
      return EXIT.notMeasured
    case 'not measured':
      return measured.wanted ? EXIT.notMeasured : EXIT.conforms
    default:
      throw new Error(`unknown verdict ${measured satisfies never}`)
  }
}

const SERVICES = '/etc/services'

function services(): { naming: Naming; services?: Services } {
  if (!existsSync(SERVICES))
    return { naming: { named: false, reason: `this machine has no ${SERVICES}` } }
  try {
    const bytes = readFileSync(SERVICES)
    noteFile(SERVICES, bytes)
    const services = parseServices(bytes.toString('utf8'))
    return { naming: { named: true, source: SERVICES }, services }
  } catch (error) {
    const reason = `${SERVICES} could not be read: ${(error as Error).message}`
    return { naming: { named: false, reason } }
  }
}

/** `lab`: of a policy for zones. */
type Setting = Context & { readonly lab: LabPlan | undefined }

async function measuredOf(
  request: Request,
  context: Setting,
  flags: ReviewFlags,
): Promise<Measured> {
  const not = (wanted: boolean, reason: string): Measured => ({
    verdict: 'not measured',
    wanted,
    reason,
  })
  if (!flags.measure) return not(false, '--no-measure was given')
  if (forbidding(request, context).length > 0)
    return not(true, 'the request cannot be approved in this form')
  const grants = todaysGrants(context.others, context)
  try {
    return await inSandbox(request, context, grants, flags)
  } catch (error) {
    if (error instanceof RulesetTextError) throw new InputError(error.message, { cause: error })
    if (!(error instanceof EnvironmentError)) throw error
    return not(true, error.message)
  }
}

/**
 * Throws InputError if one of today's grants is invalid, because then there is no ruleset to
 * compare.
 */
function todaysGrants(
  others: readonly Request[],
  context: Context & { at: Day },
): readonly Grant[] {
  const live = others.filter((other) => isLive(other, context.at))
  const { grants, problems } = grantsOf(live, context)
  if (problems.length > 0) throw new FaultyFiles(problems)
  return grants
}

async function inSandbox(
  request: Request,
  { policy, zones, lab }: Setting,
  grants: readonly Grant[],
  flags: ReviewFlags,
): Promise<Measured> {
  const [{ startSandbox }, { measure }] = await Promise.all([
    import('../sandbox/start.ts'),
    import('../pipeline/request.ts'),
  ])
  const { sandbox } = startSandbox(flags)
  try {
    return await measure(request, { sandbox, policy, zones, lab, grants })
  } finally {
    await sandbox.close()
  }
}
