/** Compiled rulesets before the real nft: they load, replace themselves, touch nothing else, and nothing breaks out. */
import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { anyCharacter } from '../../tools/testing/hostile.ts'
import { inSandbox, SPLIT } from '../../tools/testing/nft.ts'
import { clause, policies, policyOf, section } from '../policy/egress/fixtures.ts'
import { zoneFiles } from '../policy/files-fixtures.ts'
import type { Grant } from '../policy/grant.ts'
import { zonePolicyOf } from '../policy/zones/fixtures.ts'
import { COMMENT_BYTES, comment, RulesetTextError } from '../quote/nft.ts'
import { compile } from './compile.ts'
import { FORMS, GOLDEN, GRANTS, goldenPath, ZONES } from './fixtures.ts'
import { compileZones } from './zones.ts'

// An ordinary user's transaction has its limits, so that many rulesets are taken
// a few at a time.
const FEW = 5
// nft looks at everything that is loaded already, each time.
const IN_ONE_SANDBOX = 30

/** Runs nft on every text, in one sandbox, and then the script. */
function inOneSandbox(texts: readonly string[], nft: string, then = ''): string {
  const parts = chunksOf(texts, FEW).map((few) => few.join('\n'))
  const script = `${SPLIT}\nfor part in /run/part*; do ${nft} -f "$part"; done\n${then}`
  return inSandbox(script, parts.join('\f'))
}

function chunksOf<T>(all: readonly T[], size: number): T[][] {
  return Array.from({ length: Math.ceil(all.length / size) }, (_, i) =>
    all.slice(i * size, (i + 1) * size),
  )
}

const FOREIGN = `table ip somebody_elses {
	set s { type ipv4_addr; elements = { 192.0.2.1 }; }
	chain c { type filter hook forward priority 5; policy accept; counter accept comment "mine"; }
}
`
  .replaceAll(/[{;] (?=[^}\n])/g, (m) => `${m.trim()}\n`)
  .replaceAll(/ \}/g, '\n}')

describe('golden files', () => {
  test.each(GOLDEN)('$name can be loaded twice and leaves other tables alone', ({ name }) => {
    const listed = inSandbox(
      `cat > /run/rules; printf '%s' "$FOREIGN" > /run/foreign
       nft -f /run/foreign; nft list table ip somebody_elses > /run/before
       nft --check -f /run/rules
       nft -f /run/rules; nft list ruleset > /run/once
       nft -f /run/rules; nft list ruleset > /run/twice
       cmp /run/once /run/twice
       nft list table ip somebody_elses | cmp - /run/before
       cat /run/twice`.replace('"$FOREIGN"', `'${FOREIGN}'`),
      readFileSync(goldenPath(name), 'utf8'),
    )
    expect(listed).toContain('table inet egress_test')
    expect(listed).toContain('comment "mine"')
  })

  test('a new version replaces the old one in one transaction, and a broken one changes nothing', () => {
    const [old, next] = ['one-project', 'rejecting']
      .map((name) => GOLDEN.find((one) => one.name === name)!)
      .map(({ policy, projects }) => compile(policy, projects))
    const listed = inSandbox(
      `cat > /run/both; sed '/^=====$/,$d' /run/both > /run/old; sed '1,/^=====$/d' /run/both > /run/new
       nft -f /run/old; nft -s list ruleset > /run/before
       (cat /run/new; echo 'add rule inet egress_test nowhere accept') > /run/broken
       if nft -f /run/broken 2>/dev/null; then echo "the broken one was loaded"; exit 1; fi
       nft -s list ruleset | cmp - /run/before
       nft -f /run/new; nft -s list ruleset > /run/replaced
       nft flush ruleset; nft -f /run/new; nft -s list ruleset | cmp - /run/replaced
       cat /run/replaced`,
      `${old}=====\n${next}`,
    )
    expect(listed).toContain('reject with tcp reset')
  })
})

describe('one form replaces the other in one transaction', () => {
  const cut = policyOf({ grants: { revoked: 'cut' } })
  const forms = [
    ['the smallest', compile(cut, ZONES)],
    ['one with grants', compile(cut, ZONES, GRANTS)],
    ['one that takes grants and has none', compile(cut, ZONES, [])],
  ] as const
  const steps = forms.flatMap(([from, before]) =>
    forms.filter(([to]) => to !== from).map(([to, after]) => ({ from, to, before, after })),
  )

  test.each(steps)('$from, then $to: nothing of the first stays', ({ before, after }) => {
    const listed = inSandbox(
      `${SPLIT}
       nft -f /run/part00001; nft -f /run/part00002; nft -s list ruleset > /run/replaced
       nft flush ruleset; nft -f /run/part00002; nft -s list ruleset | cmp - /run/replaced
       cat /run/replaced`,
      `${before}\f${after}`,
    )
    const names = (text: string): string[] =>
      (text.match(/^\t(?:set|map|chain) \w+/gm) ?? []).map((name) => name.trim()).sort()
    expect(names(listed)).toEqual(names(after))
  })
})

test('any policy compiles to text that nft accepts, in both forms', () => {
  const texts = fc
    .sample(policies, 40)
    .flatMap((policy) => FORMS.map(([, grants]) => compile(policy, ZONES, grants)))
  inOneSandbox(texts, 'nft --check')
})

test('any policy for zones compiles to text that nft accepts', () => {
  const links = new Map(['wan', 'lan', 'dmz'].map((zone, i) => [zone, `eth${i}`]))
  const texts = fc.sample(zoneFiles, 40).map((file) => compileZones(zonePolicyOf(file), links))
  inOneSandbox(texts, 'nft --check')
})

test('the longest comment is accepted whole; one byte more would be refused', () => {
  const text = comment('ä'.repeat(200))
  const rule = (more: string): string =>
    `table inet t {\nchain c {\ncounter accept${text.replace('…', `…${more}`)}\n}\n}\n`
  expect(new TextEncoder().encode(text).length).toBe(' comment ""'.length + COMMENT_BYTES - 1)
  expect(inSandbox('nft -f - && nft list ruleset', rule('x'))).toContain('…x"')
  expect(() => inSandbox('nft --check -f -', rule('xx'))).toThrow(/comment too long/)
})

// What a file might say to break out of a string, a comment, a set or a line.
const HOSTILE = fc.oneof(
  fc.string({ unit: anyCharacter(), maxLength: 40 }),
  fc.string({ unit: 'grapheme', minLength: 100, maxLength: 500 }),
  fc
    .array(
      fc.constantFrom(
        '"',
        "'",
        '\n',
        '\r',
        '}',
        '{',
        ';',
        '$',
        '@',
        '\\',
        '#',
        '\0',
        '*',
        ' ',
        ' accept',
        'drop',
        'table',
        'flush ruleset',
        'include "/etc/passwd"',
        '" accept comment "',
        '\u2028',
        '\ud800',
        '🔥',
        '\u202e',
      ),
      { minLength: 1, maxLength: 12 },
    )
    .map((parts) => parts.join('')),
)

describe('hostile strings', () => {
  const hostile = fc.record({
    title: HOSTILE,
    label: HOSTILE,
    service: HOSTILE,
    reason: HOSTILE,
    file: HOSTILE,
    name: HOSTILE,
  })
  type Words = typeof hostile extends fc.Arbitrary<infer T> ? T : never

  function hostileText(id: string, words: Words, grants?: readonly Grant[]): string {
    const { title, label, service, reason, file, name } = words
    const at = { file, line: 3, column: 1 }
    const policy = policyOf({
      id,
      title,
      file,
      source: reason,
      tcp: section(
        [clause('allow', '22', { label, service, reason, at })],
        [clause('deny', '0-1024', { label: service, at })],
        'allow',
      ),
    })
    return compile(policy, [{ ...ZONES[0]!, name }], grants)
  }

  test.each(FORMS)('never change the rules: %s', (_, grants) => {
    const words = fc.sample(hostile, 150)
    const harmless: Words = {
      title: 't',
      label: 'l',
      service: 's',
      reason: 'r',
      file: 'f',
      name: 'n',
    }
    const listed = (texts: readonly string[]): string[] =>
      inOneSandbox(texts, 'nft', 'nft -s list ruleset')
        .replaceAll(/ comment "[^"]*"/g, '')
        .split(/^(?=table )/m)
        .map((table) => table.replace(/^table inet \S+/, 'table'))
    const expected = listed([hostileText('p', harmless, grants)])[0]!
    const texts = words.map((w, i) => hostileText(`p${i}`, w, grants))
    const tables = chunksOf(texts, IN_ONE_SANDBOX).flatMap(listed)
    expect(tables).toHaveLength(words.length)
    for (const table of tables) expect(table).toBe(expected)
  })

  test('as interface names are refused or match exactly themselves', () => {
    const accepted: string[] = []
    const accept = (link: string): void => {
      const policy = policyOf({ id: `p${accepted.length}` })
      const [, grants] = FORMS[accepted.length % FORMS.length]!
      accepted.push(compile(policy, [{ ...ZONES[0]!, link }], grants))
    }
    for (const link of fc.sample(HOSTILE, 300)) {
      try {
        accept(link)
      } catch (error) {
        expect(error).toBeInstanceOf(RulesetTextError)
      }
    }
    const links = [
      "a'b",
      'a;b',
      'a,b',
      'a#b',
      'table',
      'drop',
      '-x',
      '0',
      '!',
      'a=b',
      'a%d',
      'eth0.1',
    ]
    for (const link of [...links, ...links.slice(1), links[0]!]) accept(link)
    const listing = inOneSandbox(accepted, 'nft', 'nft list ruleset')
    for (const link of links) expect(listing).toContain(`elements = { "${link}" }`)
  })
})
