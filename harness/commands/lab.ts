/** The handler of `nftproof lab`. */
import { labFromHost } from '../../src/lab/from-host.ts'
import { labText } from '../../src/lab/text.ts'
import { terminalSafeLine } from '../../src/quote/terminal.ts'
import { readFirewall } from '../input/firewall.ts'
import { inferredLab } from '../input/lab-choice.ts'
import { loadLab } from '../input/lab-file.ts'
import { say, sayExactly, warn } from '../output/console.ts'
import { readHost } from '../provider/host-network.ts'
import { EnvironmentError, EXIT, InputError } from '../system/errors.ts'
import { Faults } from '../system/faulty-files.ts'
import { shown } from '../system/text-file.ts'
import { unwritable } from '../system/unwritable.ts'
import { isTaken, writeNew, writeWhole } from '../system/write-file.ts'

export interface LabFlags {
  readonly writeLab?: string
  readonly force?: boolean
}

export async function inferCommand(files: readonly string[], flags: LabFlags): Promise<number> {
  refuseExisting(flags)
  const faults = new Faults()
  const read = files.map((file) =>
    faults.attemptLater(() => readFirewall(file, { command: 'lab infer' })),
  )
  const firewalls = (await Promise.all(read)).filter((one) => one !== undefined)
  faults.finish()
  const { plan, reasons } = inferredLab(firewalls)
  return hand(labText(plan, reasons), flags)
}

export function fromHostCommand(flags: LabFlags): number {
  refuseExisting(flags)
  const { plan, reasons } = labFromHost(readHost())
  if (plan.zones.length === 0)
    throw new EnvironmentError(
      'this machine has only the link lo: a lab needs at least one other link',
    )
  return hand(labText(plan, reasons), flags)
}

export function checkCommand(file: string): number {
  const { zones, forwarding } = loadLab(file)
  const count = `${zones.length} ${zones.length === 1 ? 'zone' : 'zones'}`
  const outside = zones.find(({ isDefault }) => isDefault)?.name
  const route = outside === undefined ? 'no default route' : `default route to ${outside}`
  say(
    `${terminalSafeLine(shown(file))}: ${count}, ${route}, forwarding ${forwarding ? 'on' : 'off'}`,
  )
  return EXIT.conforms
}

function hand(text: string, { writeLab, force }: LabFlags): number {
  if (writeLab === undefined) sayExactly(`${text.trimEnd()}\n`)
  else {
    write(writeLab, text, force === true)
    warn(`${shown(writeLab)} is written`)
  }
  return EXIT.conforms
}

/** Checked before the measurement, so the user does not wait in vain. */
function refuseExisting({ writeLab, force }: LabFlags): void {
  if (writeLab !== undefined && !force && isTaken(writeLab)) throw exists(writeLab)
}

const exists = (file: string): InputError =>
  new InputError(
    `--write-lab ${shown(file)}: the file exists: choose another name, or overwrite it with --force`,
  )

function write(file: string, text: string, force: boolean): void {
  try {
    if (force) writeWhole(file, text)
    else writeNew(file, text)
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'EEXIST') throw exists(file)
    throw unwritable(shown(file), cause)
  }
}
