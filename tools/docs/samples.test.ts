import { describe, expect, test } from 'vitest'
import { blocksOf, proseOf } from './blocks.ts'
import { anchorsOf, linksOf } from './links.ts'
import { recorded } from './record.ts'
import { runSamples, sampleFaults } from './samples.ts'
import { stepsOf } from './session.ts'

const page = (...lines: string[]): string => lines.join('\n')

describe('blocks', () => {
  test('have a language, attributes, a body, and how they were made', () => {
    const [first, second] = blocksOf(
      page(
        'text',
        '```yaml file=a.yaml',
        'a: 1',
        '```',
        '<!-- made by: hand -->',
        '```console',
        '$ x',
        '```',
      ),
    )
    expect(first).toMatchObject({ line: 2, language: 'yaml', body: ['a: 1'] })
    expect(first!.attributes.get('file')).toBe('a.yaml')
    expect(first!.madeBy).toBeUndefined()
    expect(second).toMatchObject({ line: 6, language: 'console', madeBy: 'hand' })
  })

  test('are not prose', () => {
    const text = page('a [b](c.md) `[d](e.md)`', '```text', '[f](g.md)', '```', '[h](i.md#j)')
    expect(linksOf(text)).toEqual([
      { line: 1, target: 'c.md' },
      { line: 5, target: 'i.md#j' },
    ])
    expect(proseOf(text).split('\n')).toHaveLength(5)
  })

  test('headings have the anchors of GitHub', () => {
    expect([
      ...anchorsOf(
        page('# What a firewall can be', '## "No difference" needs proof', '```sh', '# no', '```'),
      ),
    ]).toEqual(['what-a-firewall-can-be', 'no-difference-needs-proof'])
  })
})

describe('steps', () => {
  test('a command continues after a backslash', () => {
    const [block] = blocksOf(page('```console', '$ a \\', '  b', 'out', '$ c', '```'))
    expect(stepsOf(block!)).toEqual([
      { command: 'a \\\n  b', output: ['out'] },
      { command: 'c', output: [] },
    ])
  })

  test('output before any command is an error of the page', () => {
    const [block] = blocksOf(page('```console', 'out', '```'))
    expect(() => stepsOf(block!)).toThrow('line 2: output stands before any command')
  })
})

describe('samples', () => {
  const faults = (...lines: string[]) =>
    sampleFaults(runSamples(page(...lines))).map(({ problem }) => problem.split('\n')[0])

  test('run in order in a folder with the files of the page', () => {
    expect(
      faults(
        '```text file=d/a.txt',
        'one',
        '```',
        '```console run',
        '$ cat d/a.txt',
        'one',
        '$ echo two > b',
        '```',
        '```console run',
        '$ cat b',
        'two',
        '```',
      ),
    ).toEqual([])
  })

  test('show the exit code of the previous command and end with the code of the block', () => {
    expect(faults('```console run exit=3', '$ (exit 3)', '$ echo $?', '3', '```')).toEqual([])
    expect(faults('```console run', '$ (exit 3)', '```')).toEqual(['exit code 3, not 0'])
    expect(faults('```console run exit=1', '$ true', '```')).toEqual(['exit code 0, not 1'])
    expect(faults('```console run exit=1', '$ false', '$ false', '```')).toEqual([
      'exit code 1, not 0',
    ])
  })

  test('with other output are reported, including errors of a command', () => {
    expect(faults('```console run', '$ echo a', 'b', '```')).toEqual(['prints:'])
    expect(faults('```console run', '$ echo a >&2', 'a', '```')).toEqual([])
  })

  test('are recorded as a whole or in the shown pieces', () => {
    expect(recorded(page('```console run', '$ echo a; echo b', '```'))).toBe(
      page('```console run', '$ echo a; echo b', 'a', 'b', '```'),
    )
    const text = (count: string) =>
      page(
        '```console run',
        '$ seq 1 5; echo counted 12 ports; seq 6 9',
        '…',
        `counted ${count} ports`,
        '…',
        '```',
      )
    expect(recorded(text('11'))).toBe(text('12'))
  })

  test('that are current stay unchanged, like everything around them', () => {
    const text = page(
      '# a',
      '```console run',
      '$ echo 1.5 s',
      '0.1 s',
      '```',
      '```console',
      '$ b',
      '```',
      'end',
    )
    expect(recorded(text)).toBe(text)
  })
})
