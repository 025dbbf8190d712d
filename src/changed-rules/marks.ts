/**
 * Marks that rules set, and the rules of two rulesets that match marks: a mark that no rule matches
 * has no effect.
 */
import type { Chains } from '../nft/chains.ts'
import { isObject, type Json, textIn, within } from '../nft/json.ts'
import type { AskedAtom } from './asked-atom.ts'

/** Whether it sets the mark of a packet or of a connection. */
export const setsMark = ({ atom, saved, isForeign }: AskedAtom): boolean =>
  atom.acts.some((act) => isMark(within(act, 'mangle')?.key)) ||
  (isForeign && saved !== undefined && /-j (?:CONN)?MARK\b/.test(saved))

/** Whether any rule matches a mark. Copying a mark is not a match. */
export const asksMarks = ({ chains }: Chains): boolean =>
  [...chains.values()].some(({ rules }) =>
    rules.some(
      ({ statements, listed, saved = '' }) =>
        (listed ?? statements).some(asks) || /-m (?:conn)?mark (?:! )?--mark\b/.test(saved),
    ),
  )

function asks(statement: Json): boolean {
  const mangle = within(statement, 'mangle')
  // Of a value only a map chooses by it.
  return mangle ? holdsMap(mangle.value) : holdsMark(statement)
}

const holdsMap = (value: unknown): boolean => isObject(value) && 'map' in value && holdsMark(value)

function holdsMark(value: unknown): boolean {
  if (Array.isArray(value)) return value.some(holdsMark)
  if (!isObject(value)) return false
  return isMark(value) || Object.values(value).some(holdsMark)
}

const isMark = (value: unknown): boolean =>
  ['meta', 'ct', 'socket'].some((kind) => textIn(within(value, kind) ?? {}, 'key') === 'mark') ||
  (within(value, 'fib')?.flags !== undefined && JSON.stringify(value).includes('"mark"'))

/** Said of a rule that was tried, whose mark nothing asks for. */
export const UNASKED =
  'sets a mark that no rule and no routing rule of the lab matches: no effect in this lab'

/** Why a rule that was tried is not proved. `routes`: routing rules that ask for marks. */
export const routedWords = (routes: readonly string[]): string =>
  `routing rules of the lab match marks, and the effect of this mark is not compared: ip rule ${routes[0]}`
