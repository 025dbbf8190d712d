/**
 * Writes what is printed now into the samples of a page. Where a page leaves
 * lines out, each piece that it shows takes the lines that are most like it.
 */
import { distance } from 'fastest-levenshtein'
import { isGap, matches, normal } from './compare.ts'
import { runSamples } from './samples.ts'
import { bodyOf, type Step } from './session.ts'

export function recorded(page: string): string {
  const lines = page.split('\n')
  // From the end, so that the places of those before stay.
  for (const { block, shown, ran } of runSamples(page).toReversed()) {
    const steps = shown.map((step, index) => recordedStep(step, ran[index]!.output))
    lines.splice(block.line, block.body.length, ...bodyOf(steps))
  }
  return lines.join('\n')
}

function recordedStep(step: Step, real: readonly string[]): Step {
  if (matches(step.output, real)) return step
  if (!step.output.some(isGap)) return { ...step, output: real }
  let from = 0
  const output = pieces(step.output).flatMap((piece) => {
    if (isGap(piece[0]!)) return piece
    const at = mostAlike(piece, real, from)
    from = at + piece.length
    return piece.map((line, index) => newer(line, real[at + index] ?? line))
  })
  return { ...step, output }
}

/** A line that leaves something out stays where it still fits. */
const newer = (shown: string, real: string): string =>
  shown.includes('…') && matches([shown], [real]) ? shown : real

function pieces(lines: readonly string[]): string[][] {
  const all: string[][] = []
  for (const line of lines) {
    const last = all.at(-1)
    if (isGap(line) || !last || isGap(last[0]!)) all.push([line])
    else last.push(line)
  }
  return all
}

function mostAlike(piece: readonly string[], real: readonly string[], from: number): number {
  let best = { at: from, cost: Number.POSITIVE_INFINITY }
  for (let at = from; at + piece.length <= real.length; at++) {
    const cost = piece.reduce(
      (sum, line, i) => sum + distance(normal(line), normal(real[at + i]!)),
      0,
    )
    if (cost < best.cost) best = { at, cost }
  }
  return best.at
}
