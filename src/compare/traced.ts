/** What was traced already: the same change in another combination is not traced again. */
import type { Sweep } from '../plan/sweep.ts'
import type { Change, UnsteadyRow } from '../result/diff.ts'
import { decidingStep, type Walk } from '../result/trace.ts'

export type UnsteadyRule = Pick<UnsteadyRow, 'alike' | 'rule'>
type Path = Pick<Sweep, 'from' | 'to' | 'protocol'>

export class Traced {
  readonly #changes = new Set<string>()
  readonly #sure = new Set<string>()
  readonly #unsteady = new Map<string, UnsteadyRule>()

  /** Whether the change is new. */
  isNew(path: Path, row: Change): boolean {
    const key = keyOfChange(path, row)
    const isNew = !this.#changes.has(key)
    this.#changes.add(key)
    return isNew
  }

  /** Whether the same change was already seen alone, in another combination. */
  isSure(path: Path, row: Change): boolean {
    return this.#sure.has(keyOfChange(path, row))
  }

  keepSure(path: Path, row: Change): void {
    this.#sure.add(keyOfChange(path, row))
  }

  /** Of a class of numbers, by its id. */
  known(path: Path, id: number): UnsteadyRule | undefined {
    return this.#unsteady.get(keyOf(path, id))
  }

  keep(path: Path, id: number, rule: UnsteadyRule): void {
    this.#unsteady.set(keyOf(path, id), rule)
  }
}

function keyOfChange({ from, to, protocol }: Path, row: Change): string {
  const { before, after } = row
  return JSON.stringify([from, to, protocol, row.from, row.to, before, after])
}

const keyOf = ({ from, to, protocol }: Path, id: number): string =>
  JSON.stringify([from, to, protocol, id])

const REMEMBERS =
  /\b(?:limit|quota|meter|ct count|numgen|connlimit|hashlimit|recent|statistic)\b|\b(?:add|update) @/

/** Without counters, logs and comments, which decide nothing. */
const SILENT =
  / ?\bcounter(?: packets \d+ bytes \d+)?| ?\blog(?: (?:prefix "[^"]*"|level \w+|group \d+|flags [\w,]+))*| ?\bcomment "[^"]*"/g

/** Equal for rules that remember the same. A set of one element is this element. */
export const rememberedText = (rule: string | undefined): string | undefined =>
  rule?.replaceAll(SILENT, '').replaceAll(/\{ ([^\s,{}]+) \}/g, '$1')

/** The rule that makes an outcome depend on earlier packets, as far as its text shows it. */
export function rememberedBy(walk: Walk): string | undefined {
  const remembering = walk.steps.find(({ rule }) => rule !== undefined && REMEMBERS.test(rule))
  const step = remembering ?? decidingStep(walk)
  return step && (step.rule ?? `${step.chain}: ${step.verdict}`)
}
