/** Claim: no text in a file acts on the terminal, whichever command reads it. Nothing is measured here. */
import { describe, expect, test } from 'vitest'
import { nftproof } from '../../tools/testing/command.ts'
import { HOSTILE, HOSTILE_LINE } from '../../tools/testing/hostile-text.ts'
import {
  type Case,
  file,
  folder,
  inSafeFolder,
  POLICY,
  Q,
  safeFor,
} from '../../tools/testing/safe-output.ts'

inSafeFolder()

const ZONES = `policy: paper\ntitle: t\nzones: [lan, wan]\nstatements:\n  - { from: lan, to: wan, allow: tcp/22 }\notherwise: blocked\n`
const RULES = `table inet t {\n chain c {\n type filter hook forward priority 0; policy drop;\n iifname "lan0" accept comment "${HOSTILE_LINE}"\n }\n}\n`

describe('hostile text in files', () => {
  const holding = (text: string, end = 'yaml') => file(`given.${end}`, text)
  const kinds: readonly (readonly [string, readonly string[]])[] = [
    ['a policy', ['policy', 'show']],
    ['a scenario', ['run']],
    ['a request', ['request', 'review']],
    ['a lab', ['lab', 'check']],
    ['a firewall', ['lab', 'infer']],
    ['a result', ['show']],
  ]
  const texts: readonly (readonly [string, string])[] = [
    ['a key', `${Q}: 1\n`],
    ['a key twice', `${Q}: 1\n${Q}: 2\n`],
    ['a value of the wrong kind', `policy: ${Q}\nzones: ${Q}\ntitle: [${Q}]\n`],
    ['a tag and an anchor', `a: !${HOSTILE_LINE} &${HOSTILE_LINE} b\nc: *${HOSTILE_LINE}\n`],
    ['a key that is a list', `? [${Q}]\n: {${Q}: ${Q}}\n`],
    ['invalid YAML', `- a: ${HOSTILE_LINE}\n b: "${HOSTILE}\n`],
    ['raw text', `${HOSTILE}\n`],
    ['zones', `zones: { ${Q}: { link: ${Q}, addresses: [${Q}] } }\n`],
    [
      'a request',
      `request: ${Q}\nproject: ${Q}\norganization: ${Q}\nuseCase: ${Q}\nports: { tcp: ${Q} }\nrequested: ${Q}\n`,
    ],
    [
      'a policy',
      `policy: ${Q}\ntitle: ${Q}\nsource: ${Q}\ntcp: { allow: [{ ports: ${Q}, reason: ${Q} }], ${Q}: 1 }\n`,
    ],
    [
      'a scenario',
      `title: ${Q}\nrequirement: ${Q}\nsource: ${Q}\npolicy: ${Q}\nprojects: { ${Q}: { link: ${Q} } }\nsweeps: [{ from: ${Q}, to: ${Q} }]\n`,
    ],
    [
      'a claim',
      `title: ${Q}\nrequirement: ${Q}\nsource: ${Q}\npolicy: ${Q}\nfirewall: ${Q}\nlab: ${Q}\n`,
    ],
  ]
  // Every kind of file is read by the same reader: all texts in one kind, and each kind with the first.
  safeFor([
    ...kinds.map(([kind, command]): Case => [kind, () => [...command, holding(texts[0]![1])]]),
    ...texts.slice(1).map(([what, text]): Case => [what, () => ['policy', 'show', holding(text)]]),
    ['a lab with hostile zones', () => ['lab', 'check', holding(textOf('zones'))]],
    ['a hostile request', () => ['request', 'review', holding(textOf('a request'))]],
    ['a hostile scenario', () => ['run', holding(textOf('a scenario'))]],
    ['a hostile claim', () => ['run', holding(textOf('a claim'))]],
  ])
  const textOf = (name: string): string => texts.find(([what]) => what === name)![1]

  describe('in valid files', () => {
    safeFor(
      [
        [
          'a title, in a list',
          () => [
            'run',
            '--list',
            // The policy lies outside of the file's folder.
            ...['--root', '/'],
            file(
              'titled.yaml',
              `title: ${Q}\nrequirement: ${Q}\nsource: ${Q}\npolicy: ${POLICY}\nprojects: { shop: { link: shop0, addresses: [10.20.1.10/24] } }\nsweeps: [{ from: shop, to: internet }]\n`,
            ),
          ],
        ],
        [
          'a policy for zones',
          () => ['policy', 'show', holding(ZONES.replace('title: t', `title: ${Q}\nsource: ${Q}`))],
        ],
        [
          'JSON of it',
          () => [
            'policy',
            'show',
            '--reporter',
            'json',
            holding(ZONES.replace('title: t', `title: ${Q}\nsource: ${Q}`)),
          ],
        ],
        ['a firewall, inferred', () => ['lab', 'infer', holding(RULES, 'nft')]],
      ],
      { code: 0 },
    )

    test('JSON holds the same data', () => {
      const { out } = nftproof(
        ['policy', 'show', '--reporter', 'json', holding(ZONES.replace('title: t', `title: ${Q}`))],
        { cwd: folder },
      )
      expect(JSON.parse(out).title.replaceAll(/\s+/g, ' ')).toBe(HOSTILE.replaceAll(/\s+/g, ' '))
    })
  })
})
