import { expect, test } from 'vitest'
import { jsonWithoutLogCommands, withoutLogCommands } from './log-commands.ts'

test.each([
  ['::error file=a.nft,line=1::gone', '\\x3a:error file=a.nft,line=1::gone'],
  ['ok\n  ::set-output name=verdict::conforms', 'ok\n  \\x3a:set-output name=verdict::conforms'],
  ['::ADD-MASK::shop', '\\x3a:ADD-MASK::shop'],
  [
    'nftproof: ##vso[task.setvariable variable=x]y',
    'nftproof: \\x23#vso[task.setvariable variable=x]y',
  ],
  ['a ##[group]b', 'a \\x23#[group]b'],
  ["##teamcity[testFailed name='x']", "\\x23#teamcity[testFailed name='x']"],
])('%j is defused', (text, shown) => {
  expect(withoutLogCommands(text)).toBe(shown)
  expect(withoutLogCommands(shown)).toBe(shown)
})

test.each(['::/0 accepts', '  ::1, ::2', 'a ::error::x', '## rules [old]', '::ffff:10.0.0.1'])(
  '%j is not a log command and stays unchanged',
  (text) => expect(withoutLogCommands(text)).toBe(text),
)

test('escaped JSON holds the same data', () => {
  const json = JSON.stringify({ title: '##vso[task.complete result=Succeeded;]', other: '##' })
  const safe = jsonWithoutLogCommands(json)
  expect(safe).not.toContain('##vso')
  expect(JSON.parse(safe)).toEqual(JSON.parse(json))
})
