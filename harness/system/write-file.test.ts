/** Claim: a file is written whole or not at all, on a disk that is really full, too; what is no file is written to. */
import { execFileSync, spawn, spawnSync } from 'node:child_process'
import {
  chmodSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { appendWhole, writeNew, writeWhole } from './write-file.ts'

const MODULE = new URL('./write-file.ts', import.meta.url).href
const LONG = 'a line of a report\n'.repeat(4000)
let folder: string
const at = (name: string): string => join(folder, name)

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'nftproof-test-'))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

describe('a file', () => {
  test('is created, or replaced with its mode; no other file is left', () => {
    writeWhole(at('new'), 'text')
    expect(readFileSync(at('new'), 'utf8')).toBe('text')
    chmodSync(at('new'), 0o640)
    writeWhole(at('new'), ['a', 'b', LONG])
    expect(readFileSync(at('new'), 'utf8')).toBe(`ab${LONG}`)
    expect(statSync(at('new')).mode & 0o777).toBe(0o640)
    expect(readdirSync(folder)).toEqual(['new'])
  })

  test('behind symbolic links is written or created, and the links stay', () => {
    symlinkSync('there', at('second'))
    symlinkSync('second', at('first'))
    for (const content of ['one', 'two']) {
      writeWhole(at('first'), content)
      expect(readFileSync(at('there'), 'utf8')).toBe(content)
    }
    expect(lstatSync(at('first')).isSymbolicLink()).toBe(true)
  })

  test('that must be new is not written when it exists, even as a dangling link', () => {
    writeNew(at('mine'), 'one')
    expect(() => writeNew(at('mine'), 'two')).toThrow(/EEXIST/)
    symlinkSync('nowhere', at('link'))
    expect(() => writeNew(at('link'), 'two')).toThrow(/EEXIST/)
    expect(readFileSync(at('mine'), 'utf8')).toBe('one')
    expect(readdirSync(folder).sort()).toEqual(['link', 'mine'])
  })

  test('in a missing folder, or in place of a folder, is refused', () => {
    mkdirSync(at('folder'))
    expect(() => writeWhole(at('none/x'), 'x')).toThrow(/ENOENT/)
    expect(() => writeWhole(at('folder'), 'x')).toThrow(/EISDIR/)
    expect(readdirSync(folder)).toEqual(['folder'])
  })
})

describe('a special file', () => {
  test('a pipe is written to and stays a pipe', async () => {
    execFileSync('mkfifo', [at('pipe')])
    const reader = spawn('cat', [at('pipe')], { stdio: ['ignore', 'pipe', 'ignore'] })
    const read = text(reader.stdout)
    writeWhole(at('pipe'), LONG)
    expect(await read).toBe(LONG)
    expect(statSync(at('pipe')).isFIFO()).toBe(true)
  })

  test('/dev/full is an error and stays a device', () => {
    expect(() => writeWhole('/dev/full', 'x')).toThrow(/ENOSPC/)
    expect(() => writeNew('/dev/full', 'x')).toThrow(/ENOSPC/)
    expect(statSync('/dev/full').isCharacterDevice()).toBe(true)
  })

  test.each(['/dev/stdout', '/dev/fd/1', '/proc/self/fd/1'])(
    '%s is standard output, to a pipe and to a file, in order',
    (name) => {
      const script = `import { writeWhole } from '${MODULE}'
process.stdout.write('before '); writeWhole('${name}', 'in it '); process.stdout.write('after')`
      const args = ['--input-type=module', '-e', script]
      const { stdout } = spawnSync(process.execPath, args, { encoding: 'utf8' })
      expect(stdout).toBe('before in it after')
      spawnSync('sh', ['-c', '"$@" > "$0"', at('out'), process.execPath, ...args])
      expect(readFileSync(at('out'), 'utf8')).toBe('before in it after')
    },
  )
})

describe('a full disk', () => {
  /** Runs `script` beside a disk of 8 KiB in `full`; prints what went wrong, and what is there then. */
  function onFullDisk(script: string, prepare = '', options = 'size=8k'): string {
    mkdirSync(at('full'))
    const program = `import * as w from '${MODULE}'
import { readdirSync, readFileSync } from 'node:fs'
const LONG = 'a line of a report\\n'.repeat(4000)
try { ${script} } catch (error) { console.log(error.code) }
for (const name of readdirSync('.')) console.log(name, readFileSync(name, 'utf8').length)`
    const shell = `mount -t tmpfs -o ${options} none "$0" && cd "$0" && ${prepare || ':'} && exec "$@"`
    const lead = ['--user', '--map-root-user', '--mount', 'sh', '-c', shell, at('full')]
    const args = [...lead, process.execPath, '--input-type=module', '-e', program]
    const { stdout, stderr } = spawnSync('unshare', args, { encoding: 'utf8' })
    return stdout + stderr
  }

  test('leaves no new file', () => {
    expect(onFullDisk("w.writeWhole('report.xml', LONG)")).toBe('ENOSPC\n')
  })

  test('leaves no file that had to be new', () => {
    expect(onFullDisk("w.writeNew('lab.yaml', LONG)")).toBe('ENOSPC\n')
  })

  test('leaves the old file unchanged', () => {
    const found = onFullDisk("w.writeWhole('report.xml', LONG)", 'echo old > report.xml')
    expect(found).toBe('ENOSPC\nreport.xml 4\n')
  })

  test('leaves an appended file unchanged', () => {
    const found = onFullDisk("w.appendWhole('summary.md', LONG)", 'echo old > summary.md')
    expect(found).toBe('ENOSPC\nsummary.md 4\n')
  })

  test('without room for another file leaves the old file unchanged', () => {
    // The disk itself is the other one.
    const [prepare, options] = ['echo old > report.xml', 'size=8k,nr_inodes=2']
    const found = onFullDisk("w.writeWhole('report.xml', 'new')", prepare, options)
    expect(found).toBe('ENOSPC\nreport.xml 4\n')
  })

  test('a file that is a mount point is written in place', () => {
    const prepare = 'echo old > a && echo older > b && mount --bind a b'
    const found = onFullDisk("w.writeWhole('b', 'new text')", prepare, 'size=64k')
    expect(found).toBe('a 8\nb 8\n')
  })
})

test('appended text comes after the old text', () => {
  appendWhole(at('summary'), 'one ')
  appendWhole(at('summary'), 'two')
  expect(readFileSync(at('summary'), 'utf8')).toBe('one two')
  writeFileSync(at('summary'), '')
})
