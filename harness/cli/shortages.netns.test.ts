/** What the machine runs out of is named with its remedy, and the exit code is 3: never a bug, never a mismatch. */
import { mkdirSync, mkdtempSync, readdirSync, rmdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { nftproof } from '../../tools/testing/command.ts'

const isRoot = process.geteuid?.() === 0
const RUN = ['run', 'default-egress', '--ports', '22', '--no-save', '--quiet']
let folder: string

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'nftproof-short-'))
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const limited = (limits: string): string[] => ['sh', '-c', `${limits}; exec "$@"`, 'sh']

test.each([
  [
    'open files, at once',
    'ulimit -n 22',
    /could not be started: the limit of open files is reached/,
  ],
  ['open files', 'ulimit -n 26', /limit of open files is reached/],
  ['open files, during the run', 'ulimit -n 40', /limit of open files is reached/],
  ['memory', 'ulimit -v 1800000', /there is not enough memory/],
])('%s', (_, limits, message) => {
  const { code, err } = nftproof(RUN, { lead: limited(limits) })
  expect({ code, err }).toEqual({ code: 3, err: expect.stringMatching(message) })
  expect(err).not.toMatch(/bug|EPIPE/)
})

describe('in a deleted working folder', () => {
  const inDeleted = (args: readonly string[]) => {
    const cwd = join(folder, 'gone')
    mkdirSync(cwd)
    const lead = ['sh', '-c', `rmdir "${cwd}"; exec "$@"`, 'sh']
    try {
      return nftproof(args, { cwd, lead })
    } finally {
      try {
        rmdirSync(cwd)
      } catch {}
    }
  }

  test.each(
    [
      ['run'],
      ['run', '--list'],
      ['diff', 'a', 'b'],
      ['explain', 'a', 'b', 'c', 'tcp/1'],
      ['compile', 'x'],
      ['policy', 'show', 'x'],
      ['show', 'x'],
      ['merge', 'x'],
      ['matrix', 'a', 'b'],
      ['request', 'review', 'x'],
      ['request', 'list'],
      ['lab', 'infer', 'x'],
      ['lab', 'from-host'],
      ['doctor'],
    ].map((args) => ({ args })),
  )('$args', ({ args }) => {
    expect(inDeleted(args)).toEqual({
      code: 3,
      out: '',
      err: 'nftproof: the working folder was deleted: change to a folder that exists (cd) and run the command again\n',
    })
  })

  test.each([['--version'], ['--help'], ['run', '--help']].map((args) => ({ args })))(
    '$args works without a working folder',
    ({ args }) => expect(inDeleted(args)).toMatchObject({ code: 0, err: '' }),
  )
})

describe('closed standard streams', () => {
  const shell = (script: string) =>
    nftproof(RUN, { lead: ['sh', '-c', script.replace('NFTPROOF', '"$@"'), 'sh'] })

  test('a reader that closes the pipe', () => {
    expect(shell('NFTPROOF | true').err).toBe('')
  })

  test.each([
    ['no standard input', 'NFTPROOF <&-'],
    ['no standard output', 'NFTPROOF >&-'],
    ['no standard stream', 'NFTPROOF <&- >&- 2>&-'],
  ])('%s', (_, script) => {
    expect(shell(script)).toMatchObject({ code: 0, err: '' })
  })
})

/** A file system of a few pages, in a mount namespace of its own. */
if (isRoot)
  describe('with a full temporary folder', () => {
    test.each([['diff --translated', 'diff a.v4 --translated']])('%s', (_, args) => {
      const script = `mount -t tmpfs -o size=4k,nr_inodes=4 none "$0" && cd "$0" &&
      printf '*filter\\n:INPUT ACCEPT [0:0]\\nCOMMIT\\n' > a.v4
      export TMPDIR="$0"; exec "$@" ${args}`
      const place = join(folder, 'full')
      mkdirSync(place)
      const { code, err } = nftproof([], {
        lead: ['unshare', '--mount', 'sh', '-c', script, place],
      })
      expect({ code, err }).toEqual({
        code: 3,
        err: expect.stringMatching(/the file system is full/),
      })
      expect(readdirSync(place)).toEqual([])
    })
  })
