/** A platform of two projects in a folder of its own, for tests of the request commands. */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { type Ended, nftproof } from './command.ts'

const POLICY = new URL('../../scenarios/policies/zerops.yaml', import.meta.url).pathname

const PLATFORM = `policy: policy.yaml
projects:
  shop: { organization: acme, link: shop0, addresses: [10.20.1.10/24, "2001:db8:20:1::10/64"] }
  blog: { organization: globex, link: blog0, addresses: [10.20.2.10/24, "2001:db8:20:2::10/64"] }
requests: [requests]
`

export interface TestPlatform {
  readonly folder: string
  /** Writes `requests/NAME.yaml`; lines given beat the usual ones. Returns its path. */
  request(name: string, more?: Readonly<Record<string, string>>): string
  write(path: string, text: string): string
  read(path: string): string
  /** `nftproof request …`, in the folder. */
  run(...args: readonly string[]): Ended
  remove(): void
}

export function makePlatform(): TestPlatform {
  const folder = mkdtempSync(join(tmpdir(), 'nftproof-request-'))
  const write = (path: string, text: string): string => {
    mkdirSync(dirname(join(folder, path)), { recursive: true })
    writeFileSync(join(folder, path), text)
    return path
  }
  write('policy.yaml', readFileSync(POLICY, 'utf8'))
  write('platform.yaml', PLATFORM)
  mkdirSync(join(folder, 'requests'))
  return {
    folder,
    write,
    request: (name, more = {}) => write(`requests/${name}.yaml`, platformText(name, more)),
    read: (path) => readFileSync(join(folder, path), 'utf8'),
    run: (...args) => nftproof(['request', ...args], { cwd: folder }),
    remove: () => rmSync(folder, { recursive: true, force: true }),
  }
}

function platformText(name: string, more: Readonly<Record<string, string>>): string {
  const lines = {
    request: name,
    project: 'shop',
    organization: 'acme',
    useCase: 'Order confirmations leave through our mail provider',
    ports: '{ tcp: 25 }',
    requested: '2026-06-01',
    ...more,
  }
  return Object.entries(lines)
    .map(([key, value]) => `${key}: ${value}\n`)
    .join('')
}
