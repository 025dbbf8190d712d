/** Claim: no text is a bug. Every reader either reads it, or says where something is wrong. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { readDelta } from '../../src/compare/delta.ts'
import { detectKind } from '../../src/firewall/kinds/detect-kind.ts'
import type { Problem } from '../../src/input/problem.ts'
import { readLab } from '../../src/lab/read.ts'
import { statementsOfText } from '../../src/nft/rule-text.ts'
import { divideNft } from '../../src/nft/text/divided.ts'
import { divideSaved } from '../../src/nft/text/divided-saved.ts'
import { iptablesMentions } from '../../src/nft/text/iptables-mentions.ts'
import { longestList } from '../../src/nft/text/longest-list.ts'
import { nftMentions } from '../../src/nft/text/nft-mentions.ts'
import { scriptMentions } from '../../src/nft/text/script-mentions.ts'
import { tokensOf } from '../../src/nft/text/tokens.ts'
import { readPlatform } from '../../src/platform/read.ts'
import { readPolicy } from '../../src/policy/egress/read.ts'
import { readZonePolicy } from '../../src/policy/zones/read.ts'
import { originalBytes, textWithBytes } from '../../src/quote/utf8.ts'
import { readRequest, readRequestLines } from '../../src/request/read.ts'
import { readFirewallScenario } from '../../src/scenario/firewall-read.ts'
import { readScenario } from '../../src/scenario/read.ts'
import { fileKind } from '../../src/target/file-kind.ts'
import { anyCharacter } from '../../tools/testing/hostile.ts'
import { SCENARIOS } from '../../tools/testing/wrong.ts'
import { InputError } from '../system/errors.ts'
import { readFirewall } from './firewall.ts'

const RUNS = { numRuns: 300 }
const text = (name: string): string => readFileSync(join(SCENARIOS, name), 'utf8')

/** Blanks of Unicode, ends of lines, halves of characters, and what these languages are made of. */
const ODD = [
  ...['\u0000', '\u0085', '\u00a0', '\u1680', '\u180e', '\u2000', '\u2009', '\u200b', '\u200d'],
  ...['\u2028', '\u2029', '\u202f', '\u205f', '\u3000', '\ufeff', '\ufffd', '\u001b', '\r', '\r\n'],
  ...['"', "'", '\\', '#', '{', '}', ';', '$', '@', ':', '- ', '*', '&', '!', '|', '>', '%', '?'],
  ...['include "', 'define x = ', '<<E', '[', ']', '\t', '\n', '--', '99999999999999999999', '-1'],
]
const HALVES = [[0xa0], [0xe9], [0xc0, 0xaf], [0xed, 0xa0, 0x80], [0xe2, 0x80], [0xff, 0xfe]]
const ODD_BYTES = [...ODD, ...HALVES].map((one) => Buffer.from(one as string))

/** Some bytes of it replaced, taken away, or put in. */
const mutated = (whole: Buffer): fc.Arbitrary<Buffer> =>
  fc
    .array(
      fc.record({
        at: fc.nat(whole.length),
        length: fc.nat(12),
        put: fc.oneof(fc.constantFrom(...ODD_BYTES), fc.uint8Array({ maxLength: 4 })),
      }),
      { minLength: 1, maxLength: 5 },
    )
    .map((changes) =>
      changes.reduce(
        (bytes, { at, length, put }) =>
          Buffer.concat([bytes.subarray(0, at), put, bytes.subarray(at + length)]),
        whole,
      ),
    )

const bytes = (...texts: readonly string[]): fc.Arbitrary<Buffer> =>
  fc.oneof(
    ...texts.map((one) => mutated(Buffer.from(one))),
    fc.uint8Array({ maxLength: 200 }).map((array) => Buffer.from(array)),
    fc.string({ unit: anyCharacter(), maxLength: 100 }).map((one) => Buffer.from(one)),
    fc.array(fc.constantFrom(...ODD), { maxLength: 30 }).map((one) => Buffer.from(one.join(''))),
  )

const RULES = text('firewalls/home.nft')
const SAVED = text('firewalls/office.rules4')
const SCRIPT = `#!/bin/sh
LAN=eth0
for port in 22 80; do nft add rule inet f input iifname $LAN tcp dport $port accept; done
iptables -A INPUT -i "$LAN" -j DROP
nft -f - <<END
${RULES}
END
`

describe('random firewall texts', () => {
  test('never crash the parsers', () => {
    fc.assert(
      fc.property(bytes(RULES, SAVED, SCRIPT), (raw) => {
        const whole = textWithBytes(raw)
        expect(Buffer.from(originalBytes(whole))).toEqual(raw)
        for (const read of [tokensOf, nftMentions, iptablesMentions, scriptMentions, longestList])
          read(whole)
        statementsOfText(whole)
        detectKind(whole, 'x')
        fileKind(whole, 'x.nft')
        for (const divided of [divideNft(whole), divideSaved(whole)])
          for (let at = 0; divided && at < divided.length; at = divided.endOf(at, 100)) {
            divided.lineOf(at)
            divided.textOf(at, divided.endOf(at, 100))
          }
      }),
      RUNS,
    )
  })

  let folder: string
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'nftproof-readers-'))
  })
  afterAll(() => rmSync(folder, { recursive: true }))

  test.each(['fw.nft', 'fw.v4', 'fw.sh', 'fw.yaml', 'fw'])(
    'are read or refused with their name: %s',
    async (name) => {
      await fc.assert(
        fc.asyncProperty(bytes(RULES, SAVED, SCRIPT, text('default-egress.yaml')), async (raw) => {
          writeFileSync(join(folder, name), raw)
          const failure = await readFirewall(join(folder, name)).then(
            () => undefined,
            (error: unknown) => error,
          )
          if (failure === undefined) return
          expect(failure).toBeInstanceOf(InputError)
          expect((failure as Error).message).toContain(name)
        }),
        { numRuns: 100 },
      )
    },
  )
})

type Read = (text: string) => { readonly ok: boolean; readonly problems?: readonly Problem[] }

describe('random changes of valid files are read or refused with positions', () => {
  const place = {
    file: 'x.yaml',
    id: 'x',
    resolve: (path: string) => path,
    resolveFirewall: (path: string) => path,
    include: () => ({ reason: 'nothing is there' }),
    platform: () => undefined,
  }
  const READERS: readonly (readonly [string, string, Read])[] = [
    ['a policy', 'policies/zerops.yaml', (one) => readPolicy(one, 'x.yaml')],
    ['a policy for zones', 'policies/office.yaml', (one) => readZonePolicy(one, 'x.yaml')],
    ['a scenario', 'default-egress.yaml', (one) => readScenario(one, place)],
    ['a scenario with requests', 'grants/expiry.yaml', (one) => readScenario(one, place)],
    ['a scenario about a firewall', 'office/home.yaml', (one) => readFirewallScenario(one, place)],
    ['a platform', 'platform.yaml', (one) => readPlatform(one, place)],
    ['a request', 'requests/mail-irc.yaml', (one) => readRequest(one, 'x.yaml')],
    ['a lab', 'labs/office.yaml', (one) => readLab('x.yaml', one)],
  ]

  test.each(READERS)('%s', (_, name, read) => {
    readsOrPlaces(text(name), read)
  })

  test('a declared change', () => {
    const changes = 'changes:\n  - { from: lan, opened: { tcp: "80-90, 443" }, families: [ipv4] }\n'
    readsOrPlaces(changes, (one) => readDelta(one, 'x.yaml') as ReturnType<Read>)
  })

  test('requests in JSON Lines', () => {
    const line = JSON.stringify({
      ...{ request: 'a', project: 'shop', organization: 'acme', useCase: 'Mail' },
      ...{ ports: { tcp: '25-30' }, requested: '2026-06-15' },
    })
    readsOrPlaces(`${line}\n${line}\n`, (one) => readRequestLines(one, 'x.yaml'))
  })

  function readsOrPlaces(whole: string, read: Read): void {
    fc.assert(
      fc.property(bytes(whole), (raw) => {
        const { ok, problems = [] } = read(raw.toString('utf8'))
        if (ok) return
        for (const { at, message } of problems) {
          expect(at.file).toBe('x.yaml')
          expect(Math.min(at.line, at.column ?? 1)).toBeGreaterThanOrEqual(1)
          expect(message).toMatch(/\S+ \S+/)
        }
      }),
      RUNS,
    )
  }
})
