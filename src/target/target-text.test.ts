import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { anyCharacter } from '../../tools/testing/hostile.ts'
import { kindForm, kindsFor, TARGET_COMMANDS, targetKinds } from './target-kinds.ts'
import { targetParts, targetProblem } from './target-text.ts'

const read = (text: string, files: readonly string[] = []) =>
  targetParts(text, (path) => files.includes(path)).map(({ kind, value }) => `${kind}=${value}`)

describe('a target', () => {
  test.each([
    ['rules.nft', ['file=rules.nft']],
    ['a.nft,b.nft', ['file=a.nft', 'file=b.nft']],
    ['netns:r1', ['netns=r1']],
    ['pid:4711', ['pid=4711']],
    ['image:registry:5000/a/b:tag,rules.nft', ['image=registry:5000/a/b:tag', 'file=rules.nft']],
    ['compose:a.yaml#edge', ['compose=a.yaml#edge']],
    ['nic:shop=eth1,internet=eth2', ['nic=shop=eth1,internet=eth2']],
    ['iptables-legacy:a,ip6tables-nft:b', ['iptables-legacy=a', 'ip6tables-nft=b']],
    ['main:fw/rules.nft', ['file=main:fw/rules.nft']],
    ['git:policy:fw/rules.nft', ['git=policy:fw/rules.nft']],
    ['script:main:setup.sh', ['script=main:setup.sh']],
    ['here', ['here=']],
    ['here:x', ['file=here:x']],
    ['netns', ['file=netns']],
    ['constructor:x', ['file=constructor:x']],
    ['NETNS:r1', ['file=NETNS:r1']],
  ])('%s', (text, parts) => {
    expect(read(text)).toEqual(parts)
  })

  test.each([
    ['netns:r1', ['netns:r1'], ['file=netns:r1']],
    ['a,b', ['a,b'], ['file=a,b']],
    ['a,netns:r1', ['netns:r1'], ['file=a', 'file=netns:r1']],
    ['here', ['here'], ['file=here']],
    ['file:netns:r1', ['netns:r1'], ['file=netns:r1']],
  ])('%s, when files with these names exist: %j', (text, files, parts) => {
    expect(read(text, files)).toEqual(parts)
  })

  test('keeps its whole text', () => {
    fc.assert(
      fc.property(fc.string({ unit: anyCharacter() }), (text) => {
        const parts = targetParts(text, () => false)
        expect(parts.map((part) => part.text).join(',')).toBe(text)
        for (const { text: own, kind, value, isExplicit } of parts)
          expect(own).toBe(isExplicit && value !== '' ? `${kind}:${value}` : own)
      }),
    )
  })
})

describe('a command refuses', () => {
  const problem = (text: string, command: (typeof TARGET_COMMANDS)[number]) =>
    targetProblem(
      targetParts(text, () => false),
      command,
    )

  test.each([
    ['a,,b', 'diff', /a name is missing between the commas/],
    ['', 'diff', /the name is empty: is a variable of the shell unset/],
    ['netns:', 'run', /netns:: the name after the colon is missing: netns:NAME/],
    ['rules.nft,netns:r1', 'diff', /netns:r1: name it first/],
    ['netns:a,netns:b', 'diff', /netns:b: name it first/],
    [
      'nic:a=b',
      'diff',
      /nic:a=b: diff does not take this target: it is one of nftproof run and nftproof matrix/,
    ],
    [
      'vagrant',
      'run',
      /vagrant: run does not take this target: it is one of nftproof matrix; run takes here,/,
    ],
    ['here,rules.nft', 'run', /rules\.nft: nothing can be loaded into here/],
  ] as const)('%s as a target of %s', (text, command, said) => {
    expect(problem(text, command)).toMatch(said)
  })

  test.each(TARGET_COMMANDS)('an unknown kind: %s', (command) => {
    for (const name of kindsFor(command)) expect(problem(kindForm(name), command)).toBeUndefined()
  })
})

test('every kind has a description, and every option states whether it accepts more than data', () => {
  for (const [name, kind] of Object.entries(targetKinds())) {
    expect([name, kind.what.length > 0, kind.commands.length > 0]).toEqual([name, true, true])
    if (kind.role === 'place') expect([name, kind.beyond]).toEqual([name, expect.any(String)])
  }
})
