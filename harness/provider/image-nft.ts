/** The nft in a container's image. */

import type { Execute } from '../contract/execution.ts'
import { InputError } from '../system/errors.ts'
import { shortened } from '../system/first-lines.ts'

/**
 * `nftables v1.0.6 (Lester Gooch #5)`. It becomes part of results, so only a valid version is
 * accepted.
 */
const VERSION = /^nftables v(\d[\w.+~-]{0,30})(?:\s|$)/

/** `1.0.6`. Throws InputError if the image has no nft. */
export async function nftOfImage(execute: Execute, name: string): Promise<string> {
  const { status, stdout, stderr, isMissing } = await execute({
    program: 'nft',
    args: ['--version'],
  })
  const version = VERSION.exec(stdout)?.[1]
  if (status === 0 && version !== undefined) return version
  throw new InputError(
    `${name} cannot load the ruleset: ${isMissing ? 'it has no nft' : reason(status, stderr)}`,
  )
}

function reason(status: number, stderr: string): string {
  if (status === 0) return 'its nft reports no version (nft --version)'
  return shortened(stderr.trim()) || `its nft --version ended with code ${status}`
}
