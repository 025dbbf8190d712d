/**
 * Characters that nft does not accept, reported before it prints "junk".
 */
import { strangeIn } from '../../src/nft/text/strange.ts'
import { positionAt } from '../../src/quote/utf8.ts'
import { InputError } from '../system/errors.ts'

/** Throws InputError with the position, the character and the remedy. */
export function refuseStrange(text: string, file: string): void {
  const strange = strangeIn(text)
  if (!strange) return
  const where = strange.isNever ? '' : ' outside comments and quoted strings'
  const what = `${strange.name}: nft does not accept it${where}: ${strange.remedy}`
  throw new InputError(`${placed(text, strange.offset, file)}: ${what}`)
}

function placed(text: string, offset: number, file: string): string {
  const { line, column } = positionAt(text, offset)
  return `${file}:${line}:${column}`
}
