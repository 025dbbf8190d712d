/** The handler of `nftproof explain`. */

import { isIP } from 'node:net'
import type { Firewall } from '../../src/firewall/firewall.ts'
import { withEnvironment } from '../../src/firewall/kinds/environment.ts'
import type { Trust } from '../../src/firewall/trust.ts'
import { FIREWALL, type LabPlan } from '../../src/lab/lab.ts'
import { ordinary } from '../../src/lab/paths.ts'
import { readAnyPrefix } from '../../src/net/address.ts'
import { flagsText, type PacketName, readPacketName } from '../../src/net/packet.ts'
import type { Family } from '../../src/net/protocol.ts'
import type { ExplainResult } from '../../src/result/explain.ts'
import { isDoubtful } from '../../src/result/outcome.ts'
import { RESULT_VERSION } from '../../src/result/version.ts'
import type { ChosenLab } from '../input/chosen-lab.ts'
import { readFirewall } from '../input/firewall.ts'
import { checkZones, chooseLab } from '../input/lab-choice.ts'
import { warn } from '../output/console.ts'
import { openReports, type ReportFlags, type Reports, tell } from '../output/reports.ts'
import { versions } from '../output/versions.ts'
import { explainProbe } from '../pipeline/explain.ts'
import { checkFirewalls } from '../pipeline/firewall-check.ts'
import type { Provider } from '../provider/provider.ts'
import type { Started } from '../sandbox/start.ts'
import { EXIT, InputError } from '../system/errors.ts'
import { Faults } from '../system/faulty-files.ts'
import { filesRead } from '../system/files-read.ts'
import type { ScriptFlags } from '../system/script-timeout.ts'

export interface ExplainFlags extends ScriptFlags, ReportFlags {
  readonly environment?: Readonly<Record<string, string>>
  readonly lab?: string
  readonly writeLab?: string
  readonly family?: 4 | 6
  readonly source?: string
  readonly destination?: string
  readonly sourcePort?: number
  readonly flags?: number
  readonly length?: number
  readonly ttl?: number
  readonly mark?: number
  readonly rootless?: boolean
  readonly trust?: Trust
}

interface Asked {
  readonly firewall: string
  readonly from: string
  readonly to: string
  readonly packet: string
}

export async function explainCommand(
  asked: Asked,
  flags: ExplainFlags,
  started: Started | undefined,
): Promise<number> {
  const reports = await openReports(flags)
  const { firewall, lab } = await filesOf(asked, flags)
  refuseAddress(lab.plan, asked.from, '--source')
  refuseAddress(lab.plan, asked.to, '--destination')
  checkZones(lab.plan, [asked.from, asked.to])
  if (reports.isForPeople) for (const sentence of lab.assumed ?? []) warn(sentence)
  const { target, parts } = firewall
  if (!target) return explainIn(asked, flags, { ...started!, firewall, lab, reports })
  const { withProviders } = await import('../provider/with-providers.ts')
  const wanted = { target, isLoaded: parts.length > 0, zones: lab.plan.zones }
  return withProviders([wanted], { ...flags, jobs: 1 }, ({ sandbox, providers }) =>
    explainIn(asked, flags, { sandbox, firewall, lab, reports, provider: providers[0] }),
  )
}

function refuseAddress({ zones }: LabPlan, name: string, option: string): void {
  if (isIP(name) !== 0 && !zones.some((zone) => zone.name === name))
    throw new InputError(
      `${name} is an address, not a zone: name a zone here, and ${option} ${name}`,
    )
}

/** The errors of both files are reported at once. */
async function filesOf(asked: Asked, flags: ExplainFlags) {
  const faults = new Faults()
  const firewall = await faults.attemptLater(async () =>
    withEnvironment(await readFirewall(asked.firewall, { command: 'explain' }), flags.environment),
  )
  const isKnown = firewall !== undefined || flags.lab !== undefined
  const lab = isKnown
    ? await faults.attemptLater(() => chooseLab(firewall ? [firewall] : [], flags))
    : undefined
  faults.finish()
  return { firewall: firewall!, lab: lab! }
}

interface Explained extends Pick<Started, 'sandbox'> {
  readonly firewall: Firewall
  readonly lab: ChosenLab
  readonly reports: Reports
  readonly provider?: Provider | undefined
}

async function explainIn(
  asked: Asked,
  flags: ExplainFlags,
  { sandbox, firewall, lab: { plan, reasons }, reports, provider }: Explained,
): Promise<number> {
  const family = familyOf(flags)
  const { protocol, number } = packetOf(asked.packet, family, flags)
  const { from, to, ...ends } = pathFor(plan, family, asked, flags)
  const packet = { ...ends, ...fieldsOf(flags) }
  await checkFirewalls(sandbox, [{ firewall, zones: plan.zones }])
  const probe = { from, to, family, protocol, number, packet }
  const found = await explainProbe({ sandbox, provider }, firewall, plan, probe)
  const result: ExplainResult = {
    format: 'nftproof-explain',
    version: RESULT_VERSION,
    firewall: firewall.origin,
    ...probe,
    ...(flags.flags === undefined ? {} : { flags: flagsText(flags.flags) }),
    ...found,
    lab: reasons,
    problems: [],
    tested: filesRead(),
    versions: versions(),
  }
  const allWritten = await tell(reports, { kind: 'explanation', result }, false)
  return isKnown(result) && allWritten ? EXIT.conforms : EXIT.notMeasured
}

/** An unsteady outcome depends on what came before: one walk does not explain it. */
const isKnown = ({ observation: { outcome } }: ExplainResult): boolean => !isDoubtful(outcome)

function familyOf({ family, source, destination }: ExplainFlags): Family {
  const given = [source, destination].flatMap((text) =>
    text === undefined ? [] : [addressOf(text)],
  )
  const families = new Set([...given, ...(family === undefined ? [] : [family])])
  if (families.size > 1)
    throw new InputError('--source, --destination and --family must be of the same address family')
  return [...families][0] ?? 4
}

function addressOf(text: string): Family {
  const reading = readAnyPrefix(text)
  if (text.includes('/'))
    throw new InputError(`${JSON.stringify(text)} is a prefix: name a single address`)
  if (!reading.ok) throw new InputError(`${JSON.stringify(text)} ${reading.message}`)
  return reading.value.family
}

function packetOf(text: string, family: Family, { flags, sourcePort }: ExplainFlags): PacketName {
  const packet = readPacketName(text.toLowerCase(), family)
  if (!packet)
    throw new InputError(
      `${JSON.stringify(text)} is not a packet: write it like tcp/25, udp/53, icmp/echo-request or ip/47`,
    )
  const ported = packet.protocol === 'tcp' || packet.protocol === 'udp'
  if (flags !== undefined && packet.protocol !== 'tcp')
    throw new InputError('--flags needs a TCP packet')
  if (sourcePort !== undefined && !ported)
    throw new InputError('--source-port needs a TCP or UDP packet')
  return packet
}

function pathFor(
  plan: LabPlan,
  family: Family,
  { from, to }: Asked,
  { source, destination }: ExplainFlags,
) {
  if (from === to) throw new InputError('FROM and TO must be different zones')
  for (const name of [from, to]) {
    const zone = plan.zones.find((one) => one.name === name)
    if (name !== FIREWALL && !zone?.addresses.some((a) => a.family === family))
      throw new InputError(`zone ${name} has no IPv${family} address`)
  }
  const path = ordinary(plan, family, { from, to })
  return {
    ...path,
    ...(source === undefined ? {} : { source }),
    ...(destination === undefined ? {} : { target: destination }),
  }
}

function fieldsOf({ sourcePort, flags, length, ttl, mark }: ExplainFlags) {
  return {
    ...(sourcePort === undefined ? {} : { sourcePort }),
    ...(flags === undefined ? {} : { flags }),
    ...(length === undefined ? {} : { length }),
    ...(ttl === undefined ? {} : { ttl }),
    ...(mark === undefined ? {} : { mark }),
  }
}
