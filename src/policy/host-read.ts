/** The hosts that a policy file defines → PolicyHost, and their errors. */
import type { Path, YamlDocument } from '../input/document.ts'
import { lazily, type Problem } from '../input/problem.ts'
import { quoted } from '../input/quoted.ts'
import type { Partly } from '../input/schema-cut.ts'
import { suggestion } from '../input/suggestion.ts'
import { FIREWALL } from '../lab/lab.ts'
import { PrefixSet } from '../net/prefix-set.ts'
import { hostAddressText, readHostAddress } from './host-address.ts'
import type { HostsFile } from './host-schema.ts'
import { NAME } from './host-schema.ts'
import { ANY, type HostAddress, type PolicyHost } from './policy.ts'

export interface HostReading {
  readonly document: YamlDocument
  /** Whether a host may be a whole network. */
  readonly networks: boolean
}

/** The file must be valid. */
export function hostsIn(hosts: HostsFile = {}, { document, networks }: HostReading): PolicyHost[] {
  return Object.entries(hosts).map(([name, { zone, addresses, organization }]) => {
    const path = ['hosts', name]
    return {
      name,
      zone,
      addresses: addresses.flatMap((text, i): HostAddress[] => {
        const reading = readHostAddress(text, { networks })
        const at = document.place([...path, 'addresses', i])
        return reading.ok ? [{ ...reading.value, at }] : []
      }),
      ...(organization === undefined ? {} : { organization }),
      at: document.keyPlace(path),
    }
  })
}

export const RESERVED: ReadonlyMap<string, string> = new Map([
  [FIREWALL, 'reserved for the firewall itself: remove it or choose another name'],
  [ANY, 'reserved for all zones and the firewall: choose another name'],
])

/** Accepts a file of which only a part has the right types. `zones`: absent if the file does not show them. */
export function problemsOfHosts(
  hosts: Partly<HostsFile>,
  zones: ReadonlySet<string> | undefined,
  reading: HostReading,
): Problem[] {
  const checker = new Checker(zones, reading)
  for (const [name, host] of Object.entries(hosts ?? {})) checker.host(name, host)
  return checker.problems
}

class Checker {
  readonly problems: Problem[] = []
  readonly #zones: ReadonlySet<string> | undefined
  readonly #reading: HostReading
  readonly #taken = new PrefixSet()
  /** The host of each address. */
  readonly #owners = new Map<unknown, string>()

  constructor(zones: ReadonlySet<string> | undefined, reading: HostReading) {
    this.#zones = zones
    this.#reading = reading
  }

  host(name: string, host: NonNullable<Partly<HostsFile>>[string]): void {
    const path = ['hosts', name]
    const why = this.#whyNot(name)
    const at = this.#reading.document.keyPlace(path)
    if (why) this.problems.push(lazily(at, () => `host ${quoted(name)}: ${why}`))
    const { zone, addresses = [] } = host ?? {}
    const zones = this.#zones
    if (zone !== undefined && zones && !zones.has(zone))
      this.#complain(
        [...path, 'zone'],
        () => `unknown zone ${quoted(zone)}${suggestion(zone, [...zones])}`,
      )
    this.#addresses(name, addresses)
  }

  #complain(path: Path, message: () => string): void {
    this.problems.push(lazily(this.#reading.document.place(path), message))
  }

  #whyNot(name: string): string | undefined {
    const reserved = RESERVED.get(name)
    if (reserved) return reserved
    if (!NAME.test(name)) return 'must be 1 to 32 letters, digits, "_", ".", "@", "+" or "-"'
    return this.#zones?.has(name) ? 'a zone already has this name: choose another one' : undefined
  }

  #addresses(name: string, texts: readonly (string | undefined)[]): void {
    const families = new Set<number>()
    for (const [i, text] of texts.entries()) {
      if (text === undefined) continue
      const path = ['hosts', name, 'addresses', i]
      const reading = readHostAddress(text, this.#reading)
      if (!reading.ok) {
        this.#complain(path, () => `address ${quoted(text)}: ${reading.message}`)
        continue
      }
      const { value } = reading
      const other = this.#taken.overlapping(value)
      if (other) this.#complain(path, () => this.#clash(hostAddressText(value), other))
      else if (families.has(value.family))
        this.#complain(
          path,
          () =>
            `host ${quoted(name)}: a second IPv${value.family} address: define another host for it`,
        )
      families.add(value.family)
      if (other) continue
      this.#taken.add(value)
      this.#owners.set(value, name)
    }
  }

  #clash(text: string, other: Parameters<typeof hostAddressText>[0]): string {
    const owner = this.#owners.get(other)
    const taken = hostAddressText(other)
    return taken === text
      ? `address ${quoted(text)} already belongs to host ${owner}`
      : `address ${quoted(text)} overlaps ${taken} of host ${owner}`
  }
}
