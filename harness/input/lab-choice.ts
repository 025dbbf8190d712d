/** Chooses the lab for firewalls: from a file, or inferred from their texts. */
import type { Firewall } from '../../src/firewall/firewall.ts'
import { inferLab } from '../../src/lab/infer.ts'
import { FIREWALL, type LabPlan } from '../../src/lab/lab.ts'
import { InputError } from '../system/errors.ts'
import { shown } from '../system/text-file.ts'
import { unwritable } from '../system/unwritable.ts'
import { isTaken, writeNew } from '../system/write-file.ts'
import type { ChosenLab } from './chosen-lab.ts'

export interface LabChoice {
  readonly lab?: string | undefined
  readonly writeLab?: string | undefined
  /** The folder that must contain the lab file, if another file names it. */
  readonly labRoot?: string | undefined
}

/** Throws InputError for a lab file with errors, and if the lab file to write exists. */
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

/** An existing machine or namespace shows its links better than any text. */
async function inferred(firewalls: readonly Firewall[]): Promise<ChosenLab> {
  for (const { target } of firewalls)
    if (target?.kind === 'netns' || target?.kind === 'pid') {
      const { labOfNamespace } = await import('./netns-lab.ts')
      return labOfNamespace(target)
    }
  return inferredLab(firewalls)
}

/** Throws InputError if rules name an interface that a lab cannot have. */
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
  new InputError(`--write-lab ${shown(file)}: the file exists: choose another name`)

function write(file: string, text: string): void {
  if (isTaken(file)) throw exists(file)
  try {
    writeNew(file, text)
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'EEXIST') throw exists(file)
    throw unwritable(shown(file), cause)
  }
}

/** Throws InputError for a name that is not a zone of the lab. */
export function checkZones({ zones }: LabPlan, names: readonly string[]): void {
  const known = [...zones.map(({ name }) => name), FIREWALL]
  for (const name of names)
    if (!known.includes(name))
      throw new InputError(`${JSON.stringify(name)} is not a zone of the lab: ${known.join(', ')}`)
}
