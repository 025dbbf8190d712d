/** Every former option is an error that names its present spelling, and nothing else. */
import { describe, expect, test } from 'vitest'
import { nftproof } from '../../tools/testing/command.ts'
import { presentSpelling, withPresentSpelling } from './former-options.ts'

describe('a renamed option', () => {
  test.each([
    ['run', '--netns', /--target netns:NAME/],
    ['run', '--wire=shop=eth1', /--target nic:/],
    ['diff', '--json', /--reporter json/],
    ['compile', '--from', /--base FILE/],
    ['explain', '--target', /--destination ADDRESS/],
  ])('of %s: %s', (command, option, said) => {
    expect(presentSpelling(option, command)).toMatch(said)
  })

  test.each([
    ['run', '--from'],
    ['run', '--target'],
    ['run', '--constructor'],
    ['constructor', '--x'],
  ])('is not an option of %s: %s', (command, option) => {
    expect(presentSpelling(option, command)).toBeUndefined()
  })

  test('leaves other errors unchanged', () => {
    expect(withPresentSpelling("error: unknown option '--nets'\n", 'run')).toBe(
      "error: unknown option '--nets'\n",
    )
  })

  test.each([
    [['run', '--netns', 'r1'], "unknown option '--netns': use --target netns:NAME"],
    [['run', '--in=vagrant'], "unknown option '--in=vagrant': use --run-in vagrant"],
    [['compile', 'x.yaml', '--from', 'y'], "unknown option '--from': use --base FILE"],
  ])('%j', (args, said) => {
    const { code, out, err } = nftproof(args)
    expect({ code, out }).toEqual({ code: 2, out: '' })
    expect(err).toContain(said)
  })
})
