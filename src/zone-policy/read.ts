/** Text of a policy file for any zones → ZonePolicy, or everything that is wrong with it. */
import ipaddr from 'ipaddr.js'
import type { ExpectedBlocking } from '../expectation.ts'
import { FAMILIES } from '../flow.ts'
import { FIREWALL } from '../lab/lab.ts'
import { type Path, parseYaml, type YamlDocument } from '../yaml/document.ts'
import { problemsOf, suggestion } from '../yaml/issues.ts'
import { inOrder, type Problem, type Reading } from '../yaml/problem.ts'
import { NAME, type ZonePolicyFile, zonePolicySchema } from './schema.ts'
import { readTraffic } from './traffic.ts'
import { warningsOf } from './warnings.ts'
import {
  ANY,
  type BlockingByProtocol,
  endsOf,
  type HostAddress,
  type PolicyHost,
  type Statement,
  speaksOf,
  type Traffic,
  type ZonePolicy,
} from './zone-policy.ts'

/** Only policies for zones have statements. */
export function isZonePolicy(value: unknown): boolean {
  return typeof value === 'object' && value !== null && 'statements' in value
}

export function readZonePolicy(text: string, file: string): Reading<ZonePolicy> {
  const parsed = parseYaml(text, file)
  if (!parsed.ok) return parsed
  const { document } = parsed
  const checked = zonePolicySchema.safeParse(document.value)
  if (!checked.success) {
    const problems = problemsOf(checked.error.issues, document, zonePolicySchema)
    return { ok: false, problems: problems.map(withHint) }
  }
  const builder = new Builder(document)
  const policy = builder.build(checked.data, file)
  if (builder.problems.length > 0) return { ok: false, problems: inOrder(builder.problems) }
  return { ok: true, value: policy, warnings: warningsOf(policy) }
}

/** Within braces YAML takes a comma for the end of the value. */
function withHint(problem: Problem): Problem {
  const isPort = /^unknown key "\d[\d-]*"/.test(problem.message)
  if (!isPort) return problem
  const message = `${problem.message.replace(/ — .*$/, '')}; within braces a comma ends the value: write "tcp/80,443" with quotes, or [tcp/80, tcp/443]`
  return { ...problem, message }
}

type HostFile = NonNullable<ZonePolicyFile['hosts']>[string]
type StatementFile = ZonePolicyFile['statements'][number]
type BlockingWord = Exclude<NonNullable<ZonePolicyFile['otherwise']>, 'allow'>

class Builder {
  readonly problems: Problem[] = []
  readonly #document: YamlDocument

  constructor(document: YamlDocument) {
    this.#document = document
  }

  build(data: ZonePolicyFile, file: string): ZonePolicy {
    this.#checkZones(data.zones)
    const hosts = Object.entries(data.hosts ?? {}).map(([name, host]) =>
      this.#host(name, host, data.zones),
    )
    this.#checkAddresses(hosts)
    const word = data.otherwise ?? 'blocked'
    const by = blockingBy(word === 'allow' ? 'blocked' : word)
    const at = this.#document.keyPlace(['otherwise'])
    const policy = {
      id: data.policy,
      title: data.title,
      ...(data.source === undefined ? {} : { source: data.source }),
      file,
      zones: data.zones,
      zonesAt: data.zones.map((_, i) => this.#document.place(['zones', i])),
      hosts,
      otherwise: {
        treatment: word === 'allow' ? 'allow' : 'forbid',
        by,
        clause: { label: `otherwise ${word}`, at },
      },
    } as const
    const statements = data.statements.map((one, i) => this.#statement(one, policy, i))
    return { ...policy, statements }
  }

  #complain(path: Path, message: string): void {
    this.problems.push({ at: this.#document.place(path), message })
  }

  #checkZones(zones: readonly string[]): void {
    for (const [i, zone] of zones.entries()) {
      if (zone === FIREWALL || zone === ANY)
        this.#complain(['zones', i], `zone ${JSON.stringify(zone)}: ${RESERVED[zone]}`)
      if (zones.indexOf(zone) < i)
        this.#complain(['zones', i], `zone ${JSON.stringify(zone)} is there twice`)
    }
  }

  #host(name: string, host: HostFile, zones: readonly string[]): PolicyHost {
    const path = ['hosts', name]
    const said = `host ${JSON.stringify(name)}`
    const key = (message: string): void => {
      this.problems.push({ at: this.#document.keyPlace(path), message: `${said}: ${message}` })
    }
    if (name === FIREWALL || name === ANY) key(RESERVED[name])
    else if (!NAME.test(name)) key('must be 1 to 32 letters, digits, "_", ".", "@", "+" or "-"')
    else if (zones.includes(name)) key('a zone is called that already')
    if (!zones.includes(host.zone))
      this.#complain(
        [...path, 'zone'],
        `unknown zone ${JSON.stringify(host.zone)}${suggestion(host.zone, zones)}`,
      )
    const addresses = host.addresses.flatMap((text, i) =>
      this.#address(text, [...path, 'addresses', i]),
    )
    const [first, second] = addresses
    if (second && first!.family === second.family)
      this.#complain(
        [...path, 'addresses', 1],
        `${said}: a second IPv${second.family} address; name another host for it`,
      )
    return { name, zone: host.zone, addresses, at: this.#document.keyPlace(path) }
  }

  #address(text: string, path: Path): HostAddress[] {
    const isAddress = text.includes(':')
      ? ipaddr.IPv6.isValid(text) && !text.includes('%')
      : ipaddr.IPv4.isValidFourPartDecimal(text)
    if (isAddress)
      return [
        {
          family: text.includes(':') ? 6 : 4,
          address: ipaddr.parse(text).toString(),
          at: this.#document.place(path),
        },
      ]
    const why = text.includes('/')
      ? 'a host is one address, without a prefix length'
      : 'is no address'
    this.#complain(path, `address ${JSON.stringify(text)}: ${why}`)
    return []
  }

  #checkAddresses(hosts: readonly PolicyHost[]): void {
    const taken = new Map<string, string>()
    for (const { name, addresses } of hosts)
      for (const { address, at } of addresses) {
        const owner = taken.get(address)
        if (owner === undefined) taken.set(address, name)
        else
          this.problems.push({
            at,
            message: `address ${JSON.stringify(address)} is that of host ${owner} already`,
          })
      }
  }

  #statement(raw: StatementFile, policy: Omit<ZonePolicy, 'statements'>, index: number): Statement {
    const path = ['statements', index]
    const [from, to] = (['from', 'to'] as const).map((key) =>
      this.#ends(raw[key], policy, [...path, key]),
    ) as [readonly string[], readonly string[]]
    const treatment = raw.allow === undefined ? 'forbid' : 'allow'
    const families = FAMILIES.filter((family) => raw.families?.includes(`ipv${family}`) ?? true)
    const traffic = trafficOf(raw.allow ?? raw.forbid)
    const statement: Statement = {
      treatment,
      by: raw.by === undefined ? policy.otherwise.by : blockingBy(raw.by),
      ...{ from, to, families, traffic },
      clause: {
        label: `${treatment} ${raw.service ?? listText(raw.allow ?? raw.forbid)}`,
        at: this.#document.place(path),
      },
      ...(raw.reason === undefined ? {} : { reason: raw.reason }),
    }
    this.#checkReach(statement, policy, path)
    return statement
  }

  #ends(
    raw: string | readonly string[],
    policy: Omit<ZonePolicy, 'statements'>,
    path: Path,
  ): readonly string[] {
    const names = typeof raw === 'string' ? [raw] : raw
    // A host whose own zone is wrong is told of there.
    const hosts = policy.hosts.map(({ name }) => name)
    const known = [...policy.zones, ...hosts, FIREWALL, ANY]
    for (const [i, name] of names.entries())
      if (!known.includes(name))
        this.#complain(
          typeof raw === 'string' ? path : [...path, i],
          `${path.at(-1) as string} ${JSON.stringify(name)}: no such zone or host${suggestion(name, known)}`,
        )
    return names
  }

  /** From a zone to itself nothing goes through the firewall. */
  #checkReach(
    { from, to, families, traffic }: Statement,
    policy: Omit<ZonePolicy, 'statements'>,
    path: Path,
  ): void {
    const ends = endsOf(policy)
    const [senders, targets] = [from, to].map((names) => ends.filter((end) => speaksOf(names, end)))
    if (senders!.length === 0 || targets!.length === 0) return
    const passes = senders!.some((one) => targets!.some(({ zone }) => zone !== one.zone))
    if (!passes)
      this.#complain(
        path,
        `from ${from.join(', ')} to ${to.join(', ')}: that does not pass the firewall`,
      )
    if (!traffic.some(({ family }) => family === undefined || families.includes(family)))
      this.#complain(path, 'the ICMP types that it names are not those of its families')
  }
}

const RESERVED: Readonly<Record<typeof FIREWALL | typeof ANY, string>> = {
  firewall: 'the firewall itself is called that, and always there',
  any: 'that stands for every zone and the firewall',
}

/** The schema has read every value once already, so this one succeeds. */
function trafficOf(value: unknown): readonly Traffic[] {
  const reading = readTraffic(value)
  if (!reading.ok) throw new Error(reading.message)
  return reading.value
}

const listText = (value: unknown): string =>
  (Array.isArray(value) ? value : [value]).join(', ').replaceAll(/(?<=\d)-(?=\d)/g, '–')

/**
 * What a word means for each protocol. The kernel rejects few other protocols,
 * and no errors; so of what is no TCP or UDP, a word for rejecting says no more
 * than that it is blocked. A reset is an answer to TCP alone.
 */
function blockingBy(word: BlockingWord): BlockingByProtocol {
  const all = (by: ExpectedBlocking): BlockingByProtocol => ({ tcp: by, udp: by, icmp: by, ip: by })
  switch (word) {
    case 'blocked':
      return all('any')
    case 'drop':
      return all('drop')
    case 'reject':
      return { ...all('any'), tcp: 'tcp-reset', udp: 'port-unreachable' }
    case 'tcp-reset':
      return { ...all('any'), tcp: 'tcp-reset' }
    case 'port-unreachable':
    case 'host-unreachable':
    case 'no-route':
    case 'admin-prohibited':
      return { ...all('any'), tcp: word, udp: word }
    default:
      throw new Error(`unknown way to block: ${word satisfies never}`)
  }
}
