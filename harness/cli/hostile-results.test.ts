/** Claim: no text in a result acts on the terminal, whichever command reads it. Nothing is measured here. */
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { BLOCKED, OPEN, result, row, scenario, table } from '../../src/report/fixtures.ts'
import type { Result } from '../../src/result/result.ts'
import { nftproof } from '../../tools/testing/command.ts'
import { FORGED, HOSTILE, HOSTILE_LINE, LOOKS } from '../../tools/testing/hostile-text.ts'
import { file, folder, inSafeFolder, safeFor } from '../../tools/testing/safe-output.ts'
import { resultText } from '../output/result-store.ts'
import { ownVersion } from '../output/versions.ts'

inSafeFolder()

/** A result in which every text is hostile. */
function hostileResult(more: Partial<Result> = {}): Result {
  const step = { table: HOSTILE, chain: HOSTILE, rule: HOSTILE, verdict: HOSTILE }
  const clause = { label: HOSTILE, at: { file: HOSTILE, line: 1, column: 1 } }
  const wrong = {
    ...row(22, 22, { ...BLOCKED, clause }, { kind: 'open' }, 'mismatch'),
    replay: `nftproof run ${HOSTILE}`,
    evidence: { number: 22, probe: HOSTILE, trace: [{ ...step, at: { file: HOSTILE, line: 1 } }] },
  } as const
  const doubt = row(
    23,
    23,
    { ...OPEN, clause },
    { kind: 'inconclusive', reason: HOSTILE },
    'unknown',
  )
  const one = scenario([table([wrong, doubt], { from: HOSTILE, to: HOSTILE })], {
    ...{ id: HOSTILE, title: HOSTILE, requirement: HOSTILE, source: HOSTILE, status: 'mismatch' },
    problems: [HOSTILE],
    notMeasured: [{ cause: 'environment', reason: HOSTILE }],
  })
  return result([one, { ...one, id: `b${HOSTILE}`, notes: [HOSTILE] }], {
    status: 'mismatch',
    id: HOSTILE,
    ...more,
  })
}

const good = (): string =>
  file('good.json', resultText(result([scenario([table([row(22, 22, OPEN, { kind: 'open' })])])])))

/** One of two shards, of a version that is not ours where one is named. */
function shard(index: number, version = ownVersion()): string {
  const none = { controls: [], sourcePorts: [], handshakes: [], flows: [], problems: [] }
  const id = `s${index}${HOSTILE}`
  const own = scenario([table([row(22, 22, OPEN, { kind: 'open' })])], { id, title: HOSTILE })
  const made = result([own], {
    id: HOSTILE,
    versions: { nftproof: version, node: HOSTILE, kernel: HOSTILE, nft: HOSTILE },
    shard: {
      index,
      count: 3,
      plan: { parts: 2, scenarios: HOSTILE, days: [HOSTILE], options: HOSTILE, split: HOSTILE },
      parts: [{ part: index - 1, scenario: id }],
      order: [{ scenario: id, ...none, tables: [0] }],
    },
  })
  return file(`shard-${index}.json`, resultText(made))
}

describe('hostile results', () => {
  const made = () => file('hostile.json', resultText(hostileResult()))
  safeFor(
    [
      ['shown', () => ['show', made()]],
      ['shown quietly', () => ['show', '--quiet', made()]],
      ['merged', () => ['merge', '--no-save', shard(1), shard(2)]],
      [
        'in a matrix',
        () => [
          'matrix',
          '--target',
          `a=result:${made()}`,
          '--target',
          `b${HOSTILE_LINE}=result:${good()}`,
        ],
      ],
    ],
    { looks: LOOKS },
  )
  safeFor([
    ['as JSON', () => ['show', '--reporter', 'json', made()]],
    ['merged, of other versions', () => ['merge', '--no-save', shard(1), shard(2, HOSTILE)]],
    ['merged, although none is a shard', () => ['merge', '--no-save', made(), good()]],
    ['in a folder with a hostile name', () => ['merge', '--no-save', inFolder()]],
    [
      'with an unknown key',
      () => [
        'show',
        file('other.json', JSON.stringify({ ...hostileResult(), [HOSTILE]: HOSTILE })),
      ],
    ],
    [
      'with scenarios of another shape',
      () => [
        'show',
        file('other.json', JSON.stringify({ ...result([]), scenarios: [{ [HOSTILE]: HOSTILE }] })),
      ],
    ],
    [
      'truncated',
      () => [
        'show',
        file(
          'cut.json',
          `{"format": "nftproof-result", "id": ${JSON.stringify(HOSTILE)}, ${HOSTILE}`,
        ),
      ],
    ],
    [
      'in a matrix, as JSON',
      () => [
        'matrix',
        '--reporter',
        'json',
        '--target',
        `a=result:${made()}`,
        '--target',
        `b=result:${good()}`,
      ],
    ],
  ])

  test('JSON output holds the same data', () => {
    const { out } = nftproof(['show', '--reporter', 'json', made()], { cwd: folder })
    expect(JSON.parse(out)).toEqual(JSON.parse(resultText(hostileResult())))
  })

  test('show prints the text, escaped', () => {
    const { out } = nftproof(['show', made()], { cwd: folder })
    expect(out).toContain('\\x1b[31;1mb')
    expect(out).toContain('\\u{202e}d\\u{2066}e')
    expect(out).toContain(FORGED)
  })
})

function inFolder(): string {
  const name = HOSTILE.replaceAll('/', '')
  mkdirSync(join(folder, name), { recursive: true })
  return name
}
