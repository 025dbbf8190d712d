/**
 * `--data-only`: the input of the command is data. Code that would run, and access beyond the lab,
 * is refused. The flag is set for the process and all processes that it starts. It is checked when
 * firewalls are read and again when they are opened, so code that forgets one check still fails at
 * the other.
 */

import type { Firewall } from '../../src/firewall/firewall.ts'
import {
  type Beyond,
  beyondData,
  beyondKind,
  beyondText,
  type Elsewhere,
} from '../../src/target/beyond-data.ts'
import { InputError } from './errors.ts'

/** The environment variable: it applies to a whole pipeline. */
export const DATA_ONLY = 'NFTPROOF_DATA_ONLY'

export function admitDataOnly(): void {
  process.env[DATA_ONLY] = '1'
}

/** Throws InputError for an invalid value of the variable. */
export function isDataOnly(): boolean {
  const value = process.env[DATA_ONLY] ?? ''
  if (value === '1') return true
  if (value === '') return false
  throw new InputError(
    `${DATA_ONLY}: ${JSON.stringify(value)} is not valid: set it to 1, or unset it`,
  )
}

/** Thrown for input that is more than data. */
export class NotData extends InputError {
  constructor(found: readonly Beyond[]) {
    super(found.map(beyondText).join('\n'))
    this.name = 'NotData'
  }
}

/** With --data-only, throws NotData that lists everything which is more than data. */
export function mustBeData(firewall: Pick<Firewall, 'parts' | 'target'>): void {
  refuse(() => beyondData(firewall))
}

/** The same for a command that would run elsewhere. */
export function mustStayHere(elsewhere: Elsewhere, flag: string): void {
  refuse(() => [beyondKind(elsewhere, flag)])
}

function refuse(find: () => readonly Beyond[]): void {
  if (!isDataOnly()) return
  const found = find()
  if (found.length > 0) throw new NotData(found)
}
