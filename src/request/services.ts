/** Text of a services file (services(5)) → port names. */
import type { Range } from '../net/port-set.ts'
import type { PortProtocol } from '../net/protocol.ts'

export class Services {
  readonly #names: Readonly<Record<PortProtocol, ReadonlyMap<number, string>>>

  constructor(names: Readonly<Record<PortProtocol, ReadonlyMap<number, string>>>) {
    this.#names = names
  }

  nameOf(protocol: PortProtocol, port: number): string | undefined {
    return this.#names[protocol].get(port)
  }

  /** Names of the ports in a range, in the order of the ports. Empty if no port has a name. */
  namesIn(protocol: PortProtocol, { from, to }: Range): string[] {
    const found = [...this.#names[protocol]].filter(([port]) => from <= port && port <= to)
    return found.sort(([a], [b]) => a - b).map(([, name]) => name)
  }
}

// `smtp  25/tcp  mail  # comment`
const LINE = /^\s*([^\s#]+)\s+(\d{1,5})\/(tcp|udp)(?=[\s#]|$)/

/** The first name of a port counts. Lines that are not entries are skipped. */
export function parseServices(text: string): Services {
  const names = { tcp: new Map<number, string>(), udp: new Map<number, string>() }
  for (const line of text.split('\n')) {
    const match = LINE.exec(line)
    if (!match) continue
    const own = names[match[3] as PortProtocol]
    const port = Number(match[2])
    if (port <= 65535 && !own.has(port)) own.set(port, match[1]!)
  }
  return new Services(names)
}
