/** What makes the whole check fail, and that its last line is vitest's own count. */
import { describe, expect, test } from 'vitest'
import { conclude, type Run, readRun } from './counts.ts'

const report = (passed: number, failed = 0, pending = 0, todo = 0): string =>
  JSON.stringify({
    numPassedTests: passed,
    numFailedTests: failed,
    numPendingTests: pending,
    numTodoTests: todo,
  })

describe('a run', () => {
  const cases: [string, string | undefined, number | null, Omit<Run, 'name'>][] = [
    ['all pass', report(7), 0, { passed: 7, failed: 0, skipped: 0 }],
    ['one fails', report(6, 1), 1, { passed: 6, failed: 1, skipped: 0 }],
    ['skipped and to do', report(5, 0, 2, 1), 0, { passed: 5, failed: 0, skipped: 3 }],
    ['no test', report(0), 0, { ...none(), broken: 'no test ran' }],
    ['only skipped ones', report(0, 0, 3), 0, { ...none(), skipped: 3, broken: 'no test ran' }],
    [
      'a file does not load',
      report(4),
      1,
      {
        passed: 4,
        failed: 0,
        skipped: 0,
        broken: 'no test failed, but vitest ended with code 1: see above',
      },
    ],
    [
      'no report',
      undefined,
      1,
      { ...none(), broken: 'vitest wrote no report (ended with code 1)' },
    ],
    [
      'half a report',
      '{"numPa',
      null,
      { ...none(), broken: 'vitest wrote no report (was killed)' },
    ],
    [
      'another report',
      '{"numPassedTests":3}',
      0,
      { ...none(), broken: 'vitest wrote no report (ended with code 0)' },
    ],
  ]

  test.each(cases)('%s', (_, text, status, expected) => {
    expect(readRun('tests', text, status)).toEqual({ name: 'tests', ...expected })
  })

  test('lists failed tests with the first lines of their messages', () => {
    const long = Array.from({ length: 40 }, (_, n) => `line ${n}`).join('\n')
    const whole = JSON.parse(report(6, 2))
    whole.testResults = [
      {
        name: 'src/a.test.ts',
        assertionResults: [
          { status: 'passed', fullName: 'a passes', failureMessages: [] },
          {
            status: 'failed',
            fullName: 'a fails',
            failureMessages: ['\u001b[31mexpected 1\u001b[39m'],
          },
        ],
      },
      {
        name: 'src/b.test.ts',
        assertionResults: [{ status: 'failed', fullName: 'b fails', failureMessages: [long] }],
      },
    ]
    const [first, second] = readRun('tests', JSON.stringify(whole), 1).failures ?? []
    expect(first).toBe('✘ src/a.test.ts > a fails\n    expected 1')
    expect(second?.split('\n')).toHaveLength(13)
  })

  function none() {
    return { passed: 0, failed: 0, skipped: 0 }
  }
})

describe('the whole check', () => {
  const good: Run = { name: 'own', passed: 10, failed: 0, skipped: 0 }
  const rootless: Run = { name: 'rootless', passed: 4, failed: 0, skipped: 0 }

  test('sums both runs in its last line', () => {
    expect(conclude([good, rootless], [], true)).toEqual({
      passes: true,
      lines: ['14 passed, 0 failed, 0 skipped'],
    })
  })

  const red: [string, readonly Run[], readonly string[], RegExp][] = [
    ['a test failed', [good, { ...rootless, failed: 1 }], [], /^14 passed, 1 failed, 0 skipped$/],
    ['a test failed, by its name', [{ ...good, failures: ['✘ a'] }], ['x'], /^✘ a\nx\n10 passed/],
    ['lint failed', [good], ['lint failed'], /^lint failed\n10 passed/],
    ['one run is broken', [good, { ...rootless, broken: 'no test ran' }], [], /^rootless: no test/],
    ['a test was skipped', [{ ...good, skipped: 1 }], [], /^skipped tests fail here/],
    ['nothing ran at all', [], [], /^0 passed, 0 failed, 0 skipped$/],
  ]

  test.each(red)('fails when %s', (_, runs, faults, said) => {
    const { passes, lines } = conclude(runs, faults, true)
    expect({ passes, said: lines.join('\n') }).toEqual({
      passes: false,
      said: expect.stringMatching(said),
    })
  })

  test("allows skips on a developer's machine", () => {
    expect(conclude([{ ...good, skipped: 1 }], [], false)).toEqual({
      passes: true,
      lines: ['10 passed, 0 failed, 1 skipped'],
    })
  })
})
