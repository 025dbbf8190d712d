/** The trace of a packet as Markdown, for a ticket or a comment. */
import { cell } from '../quote/markdown.ts'
import type { ExplainResult } from '../result/explain.ts'
import { outcomeWords } from '../result/words.ts'
import { attemptWords } from './words.ts'

export function renderExplanationMarkdown(result: ExplainResult): string {
  const { walk, observation, problems, versions } = result
  return `${[
    `## nftproof explain: ${cell(outcomeWords(observation.outcome))}`,
    '',
    `${cell(`${result.from} → ${result.to}`)}: ${cell(walk.probe)}, through ${cell(result.firewall)}`,
    '',
    '| chain | rule | verdict | place |',
    '|---|---|---|---|',
    ...walk.steps.map(({ table, chain, rule, verdict, at }) => {
      const place = at ? `${at.file}:${at.line}` : ''
      return `| ${cell(`${table} ${chain}`)} | ${cell(rule ?? 'end of chain')} | ${cell(verdict)} | ${cell(place)} |`
    }),
    '',
    ...observation.attempts.map(
      (attempt, i) => `- attempt ${i + 1}: ${cell(attemptWords(attempt))}`,
    ),
    ...problems.map((problem) => `- ? ${cell(problem)}`),
    '',
    `Kernel ${cell(versions.kernel)}, nft ${cell(versions.nft)}, nftproof ${cell(versions.nftproof)}.`,
  ].join('\n')}\n`
}
