/** Runs the samples of a page, and says which of them show something else than what is printed now. */
import { type Block, blocksOf } from './blocks.ts'
import { matches } from './compare.ts'
import { type Ran, SampleFolder } from './folder.ts'
import { type Step, stepsOf } from './session.ts'

export interface Sample {
  readonly block: Block
  readonly shown: readonly Step[]
  readonly ran: readonly Ran[]
}

export const isRun = (block: Block): boolean =>
  block.language === 'console' && block.attributes.has('run')

/** All samples of a page, run in the page's order in a folder of their own. */
export function runSamples(page: string): Sample[] {
  const blocks = blocksOf(page)
  if (!blocks.some(isRun)) return []
  const folder = new SampleFolder()
  try {
    return blocks.flatMap((block) => {
      const name = block.attributes.get('file')
      if (name !== undefined) folder.write(name, block.body)
      if (!isRun(block)) return []
      const shown = stepsOf(block)
      return [{ block, shown, ran: folder.run(shown) }]
    })
  } finally {
    folder.remove()
  }
}

export interface Fault {
  readonly line: number
  readonly command: string
  readonly problem: string
}

/** Every command ends with 0, but the last one of a block with `exit=N`. */
export function sampleFaults(samples: readonly Sample[]): Fault[] {
  return samples.flatMap(({ block, shown, ran }) =>
    shown.flatMap(({ command, output }, index) => {
      const real = ran[index]!
      const fault = (problem: string): Fault => ({ line: block.line, command, problem })
      const code = index === lastOf(shown) ? Number(block.attributes.get('exit') ?? 0) : 0
      return [
        ...(real.code === code ? [] : [fault(`exit code ${real.code}, not ${code}`)]),
        ...(matches(output, real.output)
          ? []
          : [fault(`prints:\n${real.output.join('\n')}\nthe page shows:\n${output.join('\n')}`)]),
      ]
    }),
  )
}

/** `echo $?` shows the code of the one before it. */
const lastOf = (steps: readonly Step[]): number =>
  steps.findLastIndex(({ command }) => command !== 'echo $?')
