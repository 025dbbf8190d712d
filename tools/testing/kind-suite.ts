/** What must be so of every kind of firewall: it is known, read, understood, loaded, swept and traced. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { FirewallPart } from '../../src/firewall/firewall.ts'
import { detectKind } from '../../src/firewall/kinds/detect-kind.ts'
import { interfacesNamed } from '../../src/firewall/kinds/interface-names.ts'
import type { FirewallKind } from '../../src/firewall/kinds/kind.ts'
import { whole } from '../../src/firewall/kinds/kind.ts'
import { fileKind, firewallFile, firewallIn } from '../../src/target/file-kind.ts'
import { kindsFor, targetKind } from '../../src/target/target-kinds.ts'
import { nftproof, type Setting } from './command.ts'
import { hostileText } from './hostile.ts'

/** Those that are loaded themselves. */
export const loadedKinds = (kinds: readonly FirewallKind[]): FirewallKind[] =>
  kinds.filter(({ becomes }) => becomes === undefined)

const byName = (kinds: readonly FirewallKind[]) => kinds.map((kind) => [kind.name, kind] as const)

const partOf = (kind: FirewallKind, text = kind.example): FirewallPart => {
  const file = 'example'
  const read = kind.read({
    ...{ text, file },
    joined: () => whole({ text, file }),
    folder: () => '/',
  })
  if (!read.ok) throw new Error(read.problems.map(({ message }) => message).join('; '))
  return { kind: kind.name, file, ...read.part }
}

/** The line of the example that forwards the port. */
const lineOf = ({ example }: FirewallKind): number =>
  example.split('\n').findIndex((line) => line.includes('443')) + 1

export function everyKind(kinds: readonly FirewallKind[]): void {
  describe.each(byName(kinds))('%s', (name, kind) => {
    test('each prefix is a kind of target for every command', () => {
      expect(Object.keys(kind.prefix)).toContain(name)
      for (const [prefix, { what }] of Object.entries(kind.prefix)) {
        expect(what).toMatch(/\S/)
        expect(prefix).toMatch(/^[a-z][a-z\d-]*$/)
        expect(kindsFor('diff')).toContain(prefix)
        expect(targetKind(prefix)).toMatchObject({ role: 'files', what, reads: { kind } })
      }
    })

    test('no text makes it throw, and every problem has a line', () => {
      fc.assert(
        fc.property(hostileText(), (text) => {
          const tail = `${kind.example}${text}`
          kind.detect(text, 'x')
          for (const one of [text, tail]) {
            kind.mentions(one)
            kind.words(one)
            const given = { text: one, file: 'x', folder: () => '/' }
            const read = kind.read({ ...given, joined: () => whole(given) })
            if (!read.ok) for (const { line } of read.problems) expect(line).toBeGreaterThan(0)
          }
        }),
      )
    })
  })

  describe.each(byName(loadedKinds(kinds)))('the example of kind %s', (_, kind) => {
    test('is detected by its text, whatever its name is', () => {
      for (const file of ['rules', 'rules.yaml', 'rules.nft', 'rules.sh']) {
        expect(detectKind(kind.example, file)).toBe(kind)
        expect(fileKind(kind.example, file)).toBe(firewallFile(kind))
      }
      expect(firewallIn(firewallFile(kind))).toBe(kind)
    })

    test('is read, and names its interfaces', () => {
      const { text, stretches } = partOf(kind)
      expect(text).toBe(kind.example)
      expect(stretches).toEqual([{ from: 1, file: 'example', line: 1 }])
      const names = interfacesNamed(text, kind.name).map((one) => one.name)
      expect(names.toSorted()).toEqual(['lan0', 'wan0'])
      const words = kind.words(text)?.words ?? ['lan0', 'wan0']
      expect(words).toEqual(expect.arrayContaining(['lan0', 'wan0']))
    })

    test('its rules are found at their own lines, or nowhere', () => {
      const rules = kind.locate.rules(partOf(kind))
      const found = rules.filter(({ words }) => words.has('443')).map(({ at }) => at)
      expect(found).toEqual(rules.length === 0 ? [] : [{ file: 'example', line: lineOf(kind) }])
    })
  })
}

const LAB = `zones:
  lan: { link: lan0, addresses: [10.1.0.9/24, "fd00:1::9/64"] }
  wan: { link: wan0, addresses: [10.2.0.9/24, "fd00:2::9/64"] }
`
const CLOSED = `table inet closed {
  chain forward {
    type filter hook forward priority filter; policy drop;
  }
}
`

interface Row {
  readonly from: number
  readonly to: number
  readonly kind: string
  readonly combination?: string
}

interface Table {
  readonly from: { readonly zone: string }
  readonly to: { readonly zone: string }
  readonly changes: readonly Row[]
}

/** `setting`: what makes the command know kinds from outside. */
export function everyKindLoaded(kinds: readonly FirewallKind[], setting: Setting = {}): void {
  let cwd: string
  beforeAll(() => {
    cwd = mkdtempSync(join(tmpdir(), 'nftproof-kinds-'))
    writeFileSync(join(cwd, 'lab.yaml'), LAB)
    writeFileSync(join(cwd, 'closed.nft'), CLOSED)
    for (const kind of loadedKinds(kinds)) writeFileSync(join(cwd, kind.name), kind.example)
  })
  afterAll(() => rmSync(cwd, { recursive: true, force: true }))

  describe.each(byName(loadedKinds(kinds)))('the example of kind %s', (name, kind) => {
    const family = name.startsWith('ip6') ? 'ipv6' : 'ipv4'
    const only = ['--lab', 'lab.yaml', '--family', family, '--reporter', 'json']

    test('is loaded and swept: it forwards one port, and nothing else', () => {
      const path = ['--quick', '--from', 'lan', '--to', 'wan', '--protocol', 'tcp']
      const { code, out, err } = nftproof(['diff', 'closed.nft', name, ...only, ...path], {
        ...{ ...setting, cwd },
      })
      expect({ code, err: code === 1 ? '' : err }).toEqual({ code: 1, err: '' })
      const { tables } = JSON.parse(out) as { tables: Table[] }
      const opened = tables
        .flatMap(({ changes }) => changes)
        .filter(({ kind }) => kind === 'opened')
      expect(opened.length).toBeGreaterThan(0)
      for (const row of opened) expect(row).toMatchObject({ from: 443, to: 443 })
    })

    test('is traced to the line of its file, where its rules are found there', () => {
      const { code, out, err } = nftproof(['explain', name, 'lan', 'wan', 'tcp/443', ...only], {
        ...{ ...setting, cwd },
      })
      expect({ code, err: code === 0 ? '' : err }).toEqual({ code: 0, err: '' })
      if (kind.locate.rules(partOf(kind)).length > 0)
        expect(out).toMatch(new RegExp(`"file": "${name}",\\s*"line": ${lineOf(kind)}\\b`))
    })

    if (kind.beyond === undefined) return
    test('is refused where only data is admitted', () => {
      const { code, err } = nftproof(['diff', 'closed.nft', name, '--data-only'], {
        ...{ ...setting, cwd },
      })
      expect({ code, err }).toEqual({ code: 2, err: expect.stringContaining(kind.beyond ?? '') })
    })
  })
}
