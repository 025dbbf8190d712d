/** The loaded ruleset that a compiled ruleset replaces (`compile --base`). */
import { NotCompiledError, readTable } from '../../src/ruleset/read-table.ts'
import type { Table } from '../../src/ruleset/table.ts'
import { InputError } from '../system/errors.ts'
import { readText, shown } from '../system/text-file.ts'
import { orOther } from './other-kind.ts'

/** Throws InputError for anything that `nftproof compile` did not write. */
export function baseRuleset(file: string): Table {
  return orOther(file, ['firewall:nft'], () => {
    try {
      return readTable(readText(file, 'ruleset'))
    } catch (cause) {
      if (!(cause instanceof NotCompiledError)) throw cause
      throw new InputError(
        `--base ${shown(file)}: not an output of nftproof compile: ${cause.message}`,
        { cause },
      )
    }
  })
}
