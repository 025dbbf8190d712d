/** State that two scripts leave besides rules, and its differences, which no probe varies. */
import type { Firewall, Inspection, SourceLine } from '../firewall/firewall.ts'
import { sourceLineOf } from '../firewall/firewall.ts'
import { isCode } from '../firewall/kinds/registry.ts'
import type { ChangedRule, Side } from '../result/changed-rules.ts'
import { type Command, commandsOf, SILENT } from './script-commands.ts'

interface Loaded {
  readonly firewall: Firewall
  readonly inspection: Inspection
}

/** At most this many lines of one kind of state are named. */
const MOST_LINES = 200

export function differingState(sides: Readonly<Record<Side, Loaded>>): ChangedRule[] {
  const [old, young] = [sides.old.inspection.state ?? {}, sides.new.inspection.state ?? {}]
  const found = Object.keys({ ...old, ...young }).flatMap((what) => {
    const texts = { old: linesOf(old[what]), new: linesOf(young[what]) }
    return (['old', 'new'] as const).flatMap((side) => {
      const other = new Set(texts[side === 'old' ? 'new' : 'old'])
      return texts[side]
        .filter((line) => !other.has(line) && matters(what, line, sides))
        .slice(0, MOST_LINES)
        .map((line) => record(side, sides[side].firewall, what, line))
    })
  })
  return [...found, ...unseenCommands(sides, found)]
}

const linesOf = (text = ''): string[] => text.split('\n').filter(Boolean)

/** Log settings do not count, and neither do sets that no rule uses. */
function matters(what: string, line: string, sides: Readonly<Record<Side, Loaded>>): boolean {
  if (what === 'sysctl') return !SILENT.test(line)
  if (what !== 'ipset') return true
  const name = line.split(' ')[1] ?? ''
  return Object.values(sides).some(({ inspection: { saved = {}, legacy, state = {} } }) =>
    [...Object.values(saved), ...Object.values(legacy), ...listsIn(state.ipset)].some((text) =>
      text.split(/\s+/).includes(name),
    ),
  )
}

/** Sets of sets. */
const listsIn = (text = ''): string[] =>
  /^create \S+ list:set/m.test(text) ? [text.replaceAll(/^create .*$/gm, '')] : []

function record(side: Side, firewall: Firewall, what: string, line: string): ChangedRule {
  const at = placeIn(firewall, line)
  return {
    ...{ side, chain: what },
    ...(at && { file: at.file, ...(at.line > 0 && { line: at.line }) }),
    ...{ rule: what === 'ipset' ? `ipset ${line}` : line, state: 'untested' },
    reason: REASONS[what] ?? `no probe tests this kind of state: ${what}`,
  }
}

const REASONS: Readonly<Record<string, string>> = {
  ipset: 'no probe varies the elements of an ipset',
  sysctl: 'no probe tests a kernel setting',
}

/** The line of a script with most words of this text. */
function placeIn({ parts }: Firewall, text: string): SourceLine | undefined {
  const scripts = parts.filter(isCode)
  const wanted = spacedWords(text)
  const scored = scripts.flatMap((part) =>
    part.text.split('\n').map((line, i) => ({ part, at: i + 1, ...shareOf(wanted, line) })),
  )
  const [first, second] = scored.sort((a, b) => b.share - a.share || a.words - b.words)
  if (!first || first.share < ENOUGH) return scripts[0] && { file: scripts[0].file, line: 0 }
  if (second && second.share === first.share && second.words === first.words)
    return { file: first.part.file, line: 0 }
  return sourceLineOf(first.part, first.at)
}

/** The share of the words that a line must have. */
const ENOUGH = 0.6

const spacedWords = (text: string): string[] => [
  ...new Set(
    text
      .replaceAll(/\/proc\/sys\//g, '')
      .split(/[\s=;"']+/)
      .flatMap((word) => (/^net[./]/.test(word) ? [word.replaceAll('/', '.')] : [word]))
      .filter(Boolean),
  ),
]

function shareOf(wanted: readonly string[], line: string): { share: number; words: number } {
  if (/^\s*#/.test(line)) return { share: 0, words: 0 }
  const words = spacedWords(line)
  const common = wanted.filter((word) => words.includes(word)).length
  return { share: common / Math.max(1, wanted.length), words: words.length }
}

/**
 * Commands of one script whose effect is not in the compared state: settings of the lab itself,
 * modules, offloads.
 */
function unseenCommands(
  sides: Readonly<Record<Side, Loaded>>,
  found: readonly ChangedRule[],
): ChangedRule[] {
  const seen = new Set(found.map(({ file, line }) => `${file}:${line}`))
  const commands = { old: commandsIn(sides.old.firewall), new: commandsIn(sides.new.firewall) }
  return (['old', 'new'] as const).flatMap((side) => {
    const other = new Set(commands[side === 'old' ? 'new' : 'old'].map(({ key }) => key))
    return commands[side]
      .filter(({ key, at }) => !other.has(key) && !seen.has(`${at.file}:${at.line}`))
      .filter(({ key }) => !key.startsWith('ipset ') || matters('ipset', key.slice(6), sides))
      .map(
        ({ text, at }): ChangedRule => ({
          ...{ side, file: at.file, line: at.line, rule: text, state: 'untested' },
          reason: 'the lab showed no effect of this command, and no probe tests it',
        }),
      )
  })
}

const commandsIn = ({ parts }: Firewall): Command[] => parts.filter(isCode).flatMap(commandsOf)
