/** Which lab firewalls are put into: a file's, or one that is inferred from their texts. */
import type { Firewall } from '../../src/firewall/firewall.ts'
import { inferLab } from '../../src/lab/infer.ts'
import { FIREWALL, type LabPlan } from '../../src/lab/lab.ts'
import { EnvironmentError, InputError } from '../system/errors.ts'
import { shown } from '../system/text-file.ts'
import { isTaken, writeNew } from '../system/write-file.ts'
import type { ChosenLab } from './chosen-lab.ts'

export interface LabChoice {
  readonly lab?: string | undefined
  readonly writeLab?: string | undefined
  /** Where the lab file must lie, when another file named it. */
  readonly labRoot?: string | undefined
}

/** Throws InputError for a lab file with faults, and for one to be written that exists. */
export async function chooseLab(
  firewalls: readonly Firewall[],
  { lab, writeLab, labRoot }: LabChoice,
): Promise<ChosenLab> {
  const chosen =
    lab === undefined ? await inferred(firewalls) : await given(lab, labRoot, firewalls)
  if (writeLab !== undefined) {
    const { labText } = await import('../../src/lab/text.ts')
    write(writeLab, labText(chosen.plan, chosen.reasons))
  }
  return chosen
}

/** What exists says more than any text. */
async function inferred(firewalls: readonly Firewall[]): Promise<ChosenLab> {
  for (const { target } of firewalls)
    if (target?.kind === 'netns' || target?.kind === 'pid') {
      const { labOfNamespace } = await import('./netns-lab.ts')
      return labOfNamespace(target)
    }
  return inferredLab(firewalls)
}

/** Throws InputError where rules name an interface that no lab can have. */
export function inferredLab(firewalls: readonly Firewall[]): ChosenLab {
  const { refused, ...inference } = inferLab(firewalls.flatMap(({ parts }) => parts))
  if (refused.length > 0) throw new InputError(refused.join('\n'))
  return inference
}

async function given(
  file: string,
  root: string | undefined,
  firewalls: readonly Firewall[],
): Promise<ChosenLab> {
  const { loadLab } = await import('./lab-file.ts')
  const plan = loadLab(file, root)
  // Of rules that are somewhere there is no text.
  const isTold = firewalls.every(({ parts }) => parts.length > 0)
  const parts = isTold ? firewalls.flatMap((one) => one.parts) : []
  const reasons = [`the lab is that of ${shown(file)}`]
  if (parts.length === 0) return { plan, reasons }
  const { remarksOfLinks } = await import('../../src/scenario/named-links.ts')
  return { plan, reasons, remarks: remarksOfLinks(plan.zones, parts) }
}

const exists = (file: string): InputError =>
  new InputError(`--write-lab ${shown(file)}: the file exists`)

function write(file: string, text: string): void {
  if (isTaken(file)) throw exists(file)
  try {
    writeNew(file, text)
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'EEXIST') throw exists(file)
    const why = (cause as Error).message
    throw new EnvironmentError(`${shown(file)} could not be written: ${why}`, { cause })
  }
}

/** Throws InputError where a name is none of the lab's zones. */
export function checkZones({ zones }: LabPlan, names: readonly string[]): void {
  const known = [...zones.map(({ name }) => name), FIREWALL]
  for (const name of names)
    if (!known.includes(name))
      throw new InputError(`${JSON.stringify(name)} is not a zone of the lab: ${known.join(', ')}`)
}
