/** A platform of very many projects and grants, written as a database would export it. */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'

export const PROJECTS = 10_000
export const GRANTS = 100_000

/** The project whose packets are measured. */
export const MEASURED = { name: 'p5000', link: 'tap5000' }
/** What it is granted besides, in the first line: a range that nobody else has. */
export const MEASURED_PORTS = { from: 20_000, to: 59_999 }

/** Exact ports and ranges of TCP and UDP in turn; one in ten towards two prefixes only. Returns the platform's file. */
export function writePlatform(folder: string, policy: string): string {
  const projects = Array.from({ length: PROJECTS }, (_, i) => ({
    project: `p${i}`,
    organization: `org-${i % 2000}`,
    link: `tap${i}`,
    addresses: [`10.${i >> 8}.${i & 0xff}.10/24`, `2001:db8:1:${i.toString(16)}::10/64`],
  }))
  const requests = [
    request('z-measured', 5000, { udp: `${MEASURED_PORTS.from}-${MEASURED_PORTS.to}` }),
    ...Array.from({ length: GRANTS }, (_, i) => randomRequest(i)),
  ]
  const lines = (values: readonly object[]): string =>
    `${values.map((value) => JSON.stringify(value)).join('\n')}\n`
  writeFileSync(join(folder, 'projects.jsonl'), lines(projects))
  writeFileSync(join(folder, 'requests.jsonl'), lines(requests))
  const file = join(folder, 'platform.yaml')
  const parts = { policy, projects: 'projects.jsonl', requests: ['requests.jsonl'] }
  writeFileSync(file, JSON.stringify(parts))
  return file
}

/** The project's k-th grant lies in a hundred ports of its own, so that no two overlap. */
function randomRequest(i: number): object {
  const k = Math.floor(i / PROJECTS)
  const port = 130 + k * 30 + ((i * 7) % 20)
  const kinds = [
    { tcp: port },
    { tcp: `${port}-${port + 8}` },
    { udp: port },
    { udp: `${port}-${port + 8}` },
  ]
  const destinations = ['198.51.100.0/24', '2001:db8:25::/48']
  return request(`r${i}`, i % PROJECTS, kinds[(i + k) % 4]!, i % 10 === 3 ? { destinations } : {})
}

function request(id: string, project: number, ports: object, more: object = {}): object {
  return {
    request: id,
    project: `p${project}`,
    organization: `org-${project % 2000}`,
    useCase: 'Written to measure what very many grants cost, and of no other use',
    ports,
    ...more,
    requested: '2026-01-01',
    decision: { status: 'approved', by: 'nftproof', on: '2026-01-02', reason: 'to be measured' },
  }
}
