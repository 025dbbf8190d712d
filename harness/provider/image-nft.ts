/** The nft that is in a container's image. */

import type { Execute } from '../contract/execution.ts'
import { InputError } from '../system/errors.ts'
import { shortened } from '../system/first-lines.ts'

/** `nftables v1.0.6 (Lester Gooch #5)`. It goes into results, so it is taken for a version only where it is one. */
const VERSION = /^nftables v(\d[\w.+~-]{0,30})(?:\s|$)/

/** `1.0.6`. Throws InputError where the image has none. */
export async function nftOfImage(execute: Execute, name: string): Promise<string> {
  const { status, stdout, stderr, isMissing } = await execute({
    program: 'nft',
    args: ['--version'],
  })
  const version = VERSION.exec(stdout)?.[1]
  if (status === 0 && version !== undefined) return version
  throw new InputError(
    `${name} has no nft that could load the ruleset: ${isMissing ? 'there is none in it' : reason(status, stderr)}`,
  )
}

function reason(status: number, stderr: string): string {
  if (status === 0) return 'it reports no version (nft --version)'
  return shortened(stderr.trim()) || `nft --version ended with code ${status}`
}
