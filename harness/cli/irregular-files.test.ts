/** Claim: a pipe, a device, a folder or a file of the kernel is refused in place of a file. */
import { execFileSync } from 'node:child_process'
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, describe, expect, test } from 'vitest'
import { nftproof } from '../../tools/testing/command.ts'
import { claim } from '../../tools/testing/outside.ts'
import { here, inStrangersTree } from '../../tools/testing/outside-root.ts'

inStrangersTree()

describe('irregular files are refused', () => {
  beforeAll(() => {
    mkdirSync(join(here.tree, 'odd'))
    execFileSync('mkfifo', [join(here.tree, 'odd/pipe.yaml'), join(here.tree, 'odd/pipe.nft')])
    here.link('/dev/zero', 'odd/zero.nft')
    here.link('/proc/self/environ', 'odd/environ.nft')
  })

  const commands = [
    ['lab', 'infer', 'odd/pipe.nft'],
    ['policy', 'show', 'odd/pipe.yaml'],
    ['lab', 'check', 'odd/pipe.yaml'],
    ['merge', 'odd/pipe.yaml'],
    ['show', 'odd/pipe.yaml'],
    ['request', 'review', 'odd/pipe.yaml'],
    ['run', 'odd/pipe.yaml'],
    ['compile', 'odd/pipe.yaml'],
    ['matrix', '--target', 'result:odd/pipe.yaml', '--target', 'here'],
    ['lab', 'infer', '/dev/zero'],
    ['lab', 'infer', '/proc/self/environ'],
    ['lab', 'infer', 'odd'],
    ['lab', 'infer', '/sys/kernel/uevent_seqnum'],
    ['run', '--ruleset', '/dev/zero'],
  ]
  test.each(commands.map((args) => [args.join(' '), args] as const))('%s', (_, args) => {
    here.write('scenarios/one.yaml', claim())
    const { code, err } = nftproof(args, { cwd: here.tree })
    expect({ code, err }).toMatchObject({
      code: 2,
      err: expect.stringMatching(/is not a regular file|is a directory|is a kernel file/),
    })
  })

  test.each(['pipe.nft', 'zero.nft', 'environ.nft', '*.nft'])('include "%s"', (name) => {
    here.write('odd/main.rules', `include "${name}"\n`)
    const { code, err } = nftproof(['lab', 'infer', 'odd/main.rules'], { cwd: here.tree })
    expect({ code, err }).toMatchObject({
      code: 2,
      err: expect.stringMatching(/regular file|it is outside/),
    })
  })
})
