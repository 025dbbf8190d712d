/** How containers are started: the same limits for every source, and no name that is part of something else. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { ImageSource } from '../../src/firewall/target.ts'
import { NO_TRUST, TRUSTABLE } from '../../src/firewall/trust.ts'
import { memoryLimit } from './confined.ts'
import { planOf } from './image.ts'

let folder: string
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'nftproof-image-'))
  writeFileSync(join(folder, 'Dockerfile'), 'FROM a\n')
  writeFileSync(join(folder, 'compose.yaml'), 'services: { a: { image: b, cap_drop: [CHOWN] } }\n')
  writeFileSync(join(folder, 'built.yaml'), 'services: { a: { build: . } }\n')
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const sources = (): ImageSource[] => [
  { kind: 'image', image: 'a' },
  { kind: 'dockerfile', file: join(folder, 'Dockerfile') },
  { kind: 'compose', file: join(folder, 'compose.yaml'), service: 'a' },
  { kind: 'compose', file: join(folder, 'built.yaml'), service: 'a' },
]

test.each([0, 1, 2, 3])('source %i is confined', (i) => {
  const { HostConfig } = planOf(sources()[i]!, NO_TRUST).options
  expect(HostConfig).toMatchObject({
    NetworkMode: 'none',
    CapAdd: ['NET_ADMIN', 'NET_RAW'],
    SecurityOpt: ['no-new-privileges'],
    PidsLimit: 1024,
    Memory: memoryLimit(),
    MemorySwap: memoryLimit(),
    LogConfig: { Type: 'json-file', Config: { 'max-size': '8m', 'max-file': '1' } },
  })
  expect(HostConfig).not.toHaveProperty('Privileged')
})

test('a build has a network only with --trust', () => {
  for (const i of [1, 3]) {
    expect(planOf(sources()[i]!, NO_TRUST).image).toMatchObject({ hasNetwork: false })
    expect(planOf(sources()[i]!, new Set(TRUSTABLE)).image).toMatchObject({ hasNetwork: true })
  }
})

test.each([
  'debian',
  'debian:12',
  'nftproof-test/base',
  'registry.example:5000/a/b_c@sha256:0123456789abcdef',
])('%s is a valid image name', (image) => {
  expect(planOf({ kind: 'image', image }, NO_TRUST).image).toEqual({ kind: 'named', name: image })
})

test.each([
  '--privileged',
  'a b',
  'a?force=1',
  '../containers/json?a=',
  'a/../../containers/b',
  'a//b',
  '/etc/passwd',
  'a#b',
  'a%2e%2e',
  'a\nb',
  '',
  `a${'b'.repeat(300)}`,
])('%j is not a valid image name', (image) => {
  expect(() => planOf({ kind: 'image', image }, NO_TRUST)).toThrow(/not a valid image name/)
})
