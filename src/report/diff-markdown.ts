/**
 * A comparison of two firewalls as Markdown, for a comment on a change or the summary of a CI run.
 */

import { type SummarizedChange, summarize } from '../compare/summary.ts'
import { familyName, protocolName } from '../net/protocol.ts'
import { count, counted } from '../net/text.ts'
import { cell, code } from '../quote/markdown.ts'
import type { DiffResult } from '../result/diff.ts'
import { effectlessWords, shadowedWords, untestedCount, untestedWords } from './changed-rules.ts'
import {
  coverageWords,
  decided,
  missingWords,
  numbersWords,
  outcomes,
  whenWords,
} from './diff-words.ts'
import { seconds } from './words.ts'

/** At most this many changes are listed: GitHub and GitLab limit a comment to 64 KiB. */
const MAX_CHANGES = 100

export function renderDiffMarkdown(result: DiffResult): string {
  const changes = summarize(result.tables)
  const { versions } = result
  return `${[
    `## nftproof diff: ${titleOf(result, changes)}`,
    '',
    `${code(result.old.origin)} → ${code(result.new.origin)}`,
    ...rows(changes),
    ...doubts(result),
    '',
    `${cell(coverageWords(result.coverage))}, ${seconds(result.timing.totalMs)}. Kernel ${cell(versions.kernel)}, nft ${cell(versions.nft)}, nftproof ${cell(versions.nftproof)}.`,
  ].join('\n')}\n`
}

function titleOf(
  { status, interrupted, expected, changedRules }: DiffResult,
  changes: readonly SummarizedChange[],
): string {
  const cut = interrupted ? ' (interrupted)' : ''
  switch (status) {
    case 'same':
      return `✔ no difference${cut}`
    case 'as-declared':
      return `✔ exactly what ${code(expected ?? '')} declares${cut}`
    case 'different':
      return expected === undefined
        ? `✘ ${counted(changes.length, 'change')}${cut}`
        : `✘ not what ${code(expected)} declares${cut}`
    case 'not-proved':
      return `? no ${expected === undefined ? '' : 'other '}difference found, but ${untestedCount(changedRules)}${cut}`
    case 'unknown':
      return `? some results are unknown${cut}`
    default:
      throw new Error(`unknown status ${status satisfies never}`)
  }
}

function rows(changes: readonly SummarizedChange[]): string[] {
  if (changes.length === 0) return []
  const left = changes.length - MAX_CHANGES
  return [
    '',
    '| | path | ports | change | outcome | over | decided before | decided after |',
    '|---|---|---|---|---|---|---|---|',
    ...changes.slice(0, MAX_CHANGES).map(rowOf),
    ...(left > 0 ? ['', `… and ${count(left)} more changes.`] : []),
  ]
}

function rowOf(change: SummarizedChange): string {
  const { from, to, protocol, families, row } = change
  const mark = row.declared ? '✔' : row.kind === 'unknown' ? '?' : '✘'
  const path = cell(`${from} → ${to} ${protocolName(protocol, families[0]!)}`)
  const over = families.map(familyName).join(' and ')
  const rules = row.evidence
    ? [row.evidence.before, row.evidence.after].map((walk) => cell(decided(walk, row)))
    : ['', '']
  return `| ${[
    mark,
    path,
    cell(numbersWords(change)),
    cell(row.kind),
    cell(outcomes(row)),
    cell(`${over}${whenWords(change)}`),
    ...rules,
  ].join(' | ')} |`
}

/** Warnings and unknown results: what a reviewer needs to know besides the changes. */
function doubts(result: DiffResult): string[] {
  const { missing, tables, problems, coverage, old, new: young } = result
  const { changedRules, acceptsUntested, remarks = [] } = result
  const unsteady = tables.filter((table) => table.unsteady.length > 0)
  const lines = [
    ...missing.map((one) => `✘ ${missingWords(one)}`),
    ...problems.map((problem) => `? ${problem}`),
    ...unsteady.map(
      ({ from, to, protocol, family, unsteady: found }) =>
        `! ${from} → ${to} ${protocolName(protocol, family)} over ${familyName(family)}: ${counted(found.length, 'unsteady range')}${found.every(({ alike }) => alike) ? ', by the same rules before and after' : ''}`,
    ),
    ...remarks.map((remark) => `! ${remark}`),
    ...coverage.leftOut.map((what) => `! left out: ${what}`),
    ...untestedWords(changedRules, acceptsUntested).map(
      (words) => `${acceptsUntested ? '!' : '?'} ${words}`,
    ),
    ...effectlessWords(changedRules).map((words) => `! ${words}`),
    ...shadowedWords(changedRules),
    ...new Set([...old.notVaried, ...young.notVaried].map((what) => `not varied: ${what}`)),
  ]
  return lines.length === 0 ? [] : ['', ...lines.map((line) => `- ${cell(line)}`)]
}
