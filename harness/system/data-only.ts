/**
 * `--data-only`: the input of the command is data, and whatever would run or
 * reach beyond the lab is refused. It is set for the process and for all that it
 * starts, and asked wherever firewalls are read and wherever they are opened:
 * a command that forgot it could not get past the second.
 */
import {
  type Beyond,
  beyondData,
  beyondKind,
  beyondText,
  type Elsewhere,
} from '../../src/firewall/beyond-data.ts'
import type { Firewall } from '../../src/firewall/firewall.ts'
import { InputError } from './errors.ts'

/** The environment's name for it: for a whole pipeline. */
export const DATA_ONLY = 'NFTPROOF_DATA_ONLY'

export function admitDataOnly(): void {
  process.env[DATA_ONLY] = '1'
}

/** Throws InputError where the variable says neither yes nor no. */
export function isDataOnly(): boolean {
  const value = process.env[DATA_ONLY] ?? ''
  if (value === '1') return true
  if (value === '') return false
  throw new InputError(
    `${DATA_ONLY}: ${JSON.stringify(value)} is not understood: set it to 1, or unset it`,
  )
}

/** Something that is more than data. */
export class NotData extends InputError {
  constructor(found: readonly Beyond[]) {
    super(found.map(beyondText).join('\n'))
    this.name = 'NotData'
  }
}

/** Throws NotData with all that is more than data in it, where only data is admitted. */
export function mustBeData(firewall: Pick<Firewall, 'parts' | 'target'>): void {
  refuse(() => beyondData(firewall))
}

/** The same of a command that is to be carried out elsewhere. */
export function mustStayHere(elsewhere: Elsewhere, flag: string): void {
  refuse(() => [beyondKind(elsewhere, flag)])
}

function refuse(find: () => readonly Beyond[]): void {
  if (!isDataOnly()) return
  const found = find()
  if (found.length > 0) throw new NotData(found)
}
