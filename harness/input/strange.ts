/** Characters that the program that reads a firewall does not take, told before it says "junk". */
import { strangeIn, told } from '../../src/nft/text/strange.ts'
import { hasBytes, positionAt } from '../../src/quote/utf8.ts'
import { InputError } from '../system/errors.ts'

/** Of nftables text. Throws InputError with the place, the character and what to do. */
export function refuseStrange(text: string, file: string): void {
  const strange = strangeIn(text)
  if (!strange) return
  const where = strange.isNever ? '' : ' outside of comments and quoted strings'
  const what = `${strange.name}: nft does not take it${where}: ${strange.remedy}`
  throw new InputError(`${placed(text, strange.offset, file)}: ${what}`)
}

/** Of the output of iptables-save: what iptables-restore never takes, or reads up to there and says nothing. */
export function refuseStrangeSaved(text: string, file: string): void {
  const offset = text.startsWith('\ufeff') ? 0 : text.indexOf('\0')
  if (offset < 0) return
  const { name, remedy } = told(text[offset]!, offset)
  const what = `${name}: iptables-restore does not take it: ${remedy}`
  throw new InputError(`${placed(text, offset, file)}: ${what}`)
}

/** Of a script: it is handed on as text, so that its bytes would not be those of the file. */
export function refuseBytes(text: string, file: string): void {
  if (!hasBytes(text)) return
  const what =
    'not a text file in UTF-8: a byte here is none of UTF-8; save it as UTF-8, or convert it with iconv -t UTF-8'
  throw new InputError(`${placed(text, text.search(KEPT), file)}: ${what}`)
}

/** Bytes as utf8.ts keeps them, which are no second half of a pair. */
const KEPT = /(?<![\ud800-\udbff])[\udc80-\udcff]/

function placed(text: string, offset: number, file: string): string {
  const { line, column } = positionAt(text, offset)
  return `${file}:${line}:${column}`
}
