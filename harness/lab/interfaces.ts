/** The interfaces of the calling thread's namespace, with the facts that a wire on them needs. */
import { readFileSync } from 'node:fs'
import { pathPart } from '../../src/quote/path.ts'
import { EnvironmentError } from '../system/errors.ts'
import { findProgram } from '../system/find-program.ts'
import { kernelJson } from '../system/kernel-json.ts'
import { runProgramSync } from '../system/run-program-sync.ts'

/** The used fields of an interface in `ip -j` output. */
interface Shown {
  readonly ifname: string
  readonly address?: string
  readonly flags: readonly string[]
  // biome-ignore lint/style/useNamingConvention: ip(8) writes it so in its JSON
  readonly addr_info: readonly { readonly local?: string }[]
}

export interface LinkHere {
  readonly mac: Buffer
  /** Up, with a connected peer. */
  readonly isUp: boolean
  readonly forwards: boolean
  readonly addresses: readonly string[]
}

export function linksHere(): Map<string, LinkHere> {
  const { status, stdout, stderr } = runProgramSync(findProgram('ip'), ['-j', 'addr', 'show'])
  if (status !== 0) throw new EnvironmentError(`ip addr show: ${stderr.trim()}`)
  return new Map(
    (kernelJson(stdout) as Shown[]).map(({ ifname, address = '', flags, addr_info }) => [
      ifname,
      {
        mac: Buffer.from(address.replaceAll(':', ''), 'hex'),
        isUp: flags.includes('UP') && flags.includes('LOWER_UP'),
        forwards: [4, 6].some((family) => isForwarding(family, ifname)),
        addresses: addr_info.flatMap(({ local }) => local ?? []),
      },
    ]),
  )
}

function isForwarding(family: number, name: string): boolean {
  try {
    const path = `/proc/sys/net/ipv${family}/conf/${pathPart(name)}/forwarding`
    return readFileSync(path, 'utf8').trim() !== '0'
  } catch {
    return false
  }
}
