/**
 * Characters that the program which loads a firewall does not accept, reported before it prints
 * "junk".
 */
import { strangeIn, told } from '../../src/nft/text/strange.ts'
import { hasBytes, positionAt } from '../../src/quote/utf8.ts'
import { InputError } from '../system/errors.ts'

/** For nftables text. Throws InputError with the position, the character and the remedy. */
export function refuseStrange(text: string, file: string): void {
  const strange = strangeIn(text)
  if (!strange) return
  const where = strange.isNever ? '' : ' outside comments and quoted strings'
  const what = `${strange.name}: nft does not accept it${where}: ${strange.remedy}`
  throw new InputError(`${placed(text, strange.offset, file)}: ${what}`)
}

/**
 * For output of iptables-save: characters that iptables-restore refuses, or at which it stops
 * silently.
 */
export function refuseStrangeSaved(text: string, file: string): void {
  const offset = text.startsWith('\ufeff') ? 0 : text.indexOf('\0')
  if (offset < 0) return
  const { name, remedy } = told(text[offset]!, offset)
  const what = `${name}: iptables-restore does not accept it: ${remedy}`
  throw new InputError(`${placed(text, offset, file)}: ${what}`)
}

/** For a script: it is passed on as text, so other bytes would change. */
export function refuseBytes(text: string, file: string): void {
  if (!hasBytes(text)) return
  const what =
    'not UTF-8: a byte here is invalid: save the file as UTF-8, or convert it with iconv -t UTF-8'
  throw new InputError(`${placed(text, text.search(KEPT), file)}: ${what}`)
}

/** Bytes as utf8.ts stores them: halves of surrogate pairs without the other half. */
const KEPT = /(?<![\ud800-\udbff])[\udc80-\udcff]/

function placed(text: string, offset: number, file: string): string {
  const { line, column } = positionAt(text, offset)
  return `${file}:${line}:${column}`
}
