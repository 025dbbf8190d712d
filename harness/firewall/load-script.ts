/** Loads a script: runs it, confined. */
import { mustBeData } from '../system/data-only.ts'
import { InputError } from '../system/errors.ts'
import { isProgram, type Program } from '../system/find-program.ts'
import type { Loader } from './loader.ts'
import { runScript } from './script.ts'
import { inspectState } from './state.ts'

export const loader: Loader = {
  kind: 'script',
  programs: ({ interpreter = [], text }) => [...interpreter, text].flatMap(namedIn),
  load: (part, { executor: { inside } }) => {
    // A script is refused earlier. This is a second check.
    mustBeData({ parts: [part] })
    if (inside)
      throw new InputError(
        `${part.file}: a script cannot be loaded into a container: run it from the image itself (ready: …)`,
      )
    runScript(part)
  },
  inspect: inspectState,
}

/** Every known program whose name is a word of the text. */
const namedIn = (text: string): Program[] => text.split(/[^\w-]+/).filter(isProgram)
