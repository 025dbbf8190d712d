/** What a run writes: its result, JUnit, the summary; and what `show` reads of it. */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { XMLParser } from 'fast-xml-parser'
import { describe, expect, test } from 'vitest'
import { resultSchema } from '../../src/result/result-schema.ts'
import { nftproof } from '../../tools/testing/command.ts'
import { folder, inWrongFolder, QUICK, wrong } from '../../tools/testing/wrong-folder.ts'

inWrongFolder()

describe('results', () => {
  test('a saved result fits its schema, and show prints the same report', () => {
    const out = join(folder, 'runs')
    const run = nftproof([...QUICK, '--out', out, '--ruleset', wrong])
    const [id] = readdirSync(out)
    const path = join(out, id!, 'result.json')
    const result = resultSchema.parse(JSON.parse(readFileSync(path, 'utf8')))
    expect(result).toMatchObject({ id, status: 'mismatch', interrupted: false })
    expect(result.scenarios[0]!.ruleset.text).toContain('table inet handmade')
    const shown = nftproof(['show', path])
    expect(shown.code).toBe(1)
    expect(run.out.startsWith(shown.out.trimEnd())).toBe(true)
    expect(nftproof(['show', join(out, id!), '--quiet']).out).toMatch(/^ default-egress/)
  })

  test('two equal runs have equal results, apart from times and the id', () => {
    const timeless = (text: string) =>
      JSON.stringify(JSON.parse(text), (key, value) =>
        key === 'timing' || key === 'id' ? undefined : value,
      )
    const all = ['run', 'default-egress', '--reporter', 'json', '--no-save', '--ruleset', wrong]
    const args = [...all, '--family', 'ipv6', '--ports', '0-1100,65500-65535']
    const [first, second] = [nftproof(args), nftproof(args)]
    expect(timeless(first.out)).toBe(timeless(second.out))
    expect(JSON.parse(first.out).scenarios[0].tables).toHaveLength(28)
  })

  test('JUnit has a case for each row and a failure for each wrong row', () => {
    const junit = join(folder, 'junit.xml')
    nftproof([...QUICK, '--no-save', '--quiet', '--reporter', `junit=${junit}`, '--ruleset', wrong])
    const xml = new XMLParser({ ignoreAttributes: false, attributeNamePrefix: '' }).parse(
      readFileSync(junit, 'utf8'),
    )
    // The port is open from every source port that was tried: all of them are one case.
    expect(xml.testsuites).toMatchObject({ failures: '1', errors: '0' })
    const cases = xml.testsuites.testsuite.testcase as {
      name: string
      failure?: { message: string }
    }[]
    const failed = cases.filter((c) => c.failure)
    expect(failed).toHaveLength(1)
    const [{ name, failure }] = failed as [(typeof failed)[number]]
    expect(name).toMatch(/^shop → internet · IPv4 · TCP · .*deny tcp 1–1024$/)
    expect(failure!.message).toBe('25: expected blocked, observed OPEN')
  })

  test('the Markdown report is appended to GITHUB_STEP_SUMMARY', () => {
    const summary = join(folder, 'summary.md')
    writeFileSync(summary, 'before\n')
    nftproof([...QUICK, '--no-save', '--quiet', '--ruleset', wrong], {
      env: { GITHUB_STEP_SUMMARY: summary },
    })
    expect(readFileSync(summary, 'utf8')).toMatch(/^before\n## nftproof: mismatch\n/)
    expect(readFileSync(summary, 'utf8')).toMatch(
      /\| ✘ \| default-egress \| .* \| 25 \| blocked \| OPEN, by .* \| `nftproof run/,
    )
  })

  test.each([
    ['a missing file', 'no/such', /no such file/],
    ['a file that is not JSON', 'text', /not JSON/],
    ['another JSON file', 'other', /not a result/],
  ])('show refuses %s', (_, name, message) => {
    writeFileSync(join(folder, 'text'), 'hello')
    writeFileSync(join(folder, 'other'), '{"format":"x"}')
    const { code, err } = nftproof(['show', name === 'no/such' ? name : join(folder, name)])
    expect({ code, err }).toMatchObject({ code: 2, err: expect.stringMatching(message) })
  })
})
