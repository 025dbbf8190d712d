import { expect, test } from 'vitest'
import type { FirewallPart } from '../../src/firewall/firewall.ts'
import { withoutHidden } from './hidden-lines.ts'

const part = (file: string, named = false): FirewallPart => ({
  kind: 'nft',
  file,
  text: '',
  ...(named ? { isNamedByFile: true } : {}),
  stretches: [
    { from: 1, file, line: 1 },
    { from: 3, file: '.env', line: 1 },
    { from: 4, file: 'more.nft', line: 1 },
  ],
})

const SAID = `nft refuses the ruleset:
ruleset:1:1-3: Error: syntax error
own line
^^^
ruleset:3:1-6: Error: unknown identifier 'hunter2'
PASSWORD=hunter2
^^^^^^^^
ruleset:4:1-1: Error: syntax error
more line
^`

test("errors in an included file give the position only, unless the file has a ruleset's name", () => {
  expect(withoutHidden(SAID, part('fw.conf'), 0)).toBe(`nft refuses the ruleset:
ruleset:1:1-3: Error: syntax error
own line
^^^
ruleset:3:1-6: Error: unknown identifier …
ruleset:4:1-1: Error: syntax error
more line
^
Lines of .env are hidden, because another file names it: name it on the command line to see them.`)
})

test('errors in a file that a scenario names do the same', () => {
  expect(withoutHidden(SAID, part('.secrets', true), 0)).not.toMatch(/own line|hunter2/)
  expect(withoutHidden(SAID, part('rules.nft', true), 0)).toContain('own line')
})
