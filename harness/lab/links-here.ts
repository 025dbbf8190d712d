/** The interfaces of the calling thread's namespace, as far as a wire on them needs to know. */
import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { z } from 'zod'
import { EnvironmentFailure } from '../failure.ts'
import { findTool } from '../tools.ts'

const schema = z.array(
  z.object({
    ifname: z.string(),
    address: z.string().optional(),
    flags: z.array(z.string()),
    addr_info: z.array(z.object({ local: z.string().optional() })),
  }),
)

export interface LinkHere {
  readonly mac: Buffer
  /** Up, and whatever it is connected to as well. */
  readonly isUp: boolean
  readonly forwards: boolean
  readonly addresses: readonly string[]
}

export function linksHere(): Map<string, LinkHere> {
  const { status, stdout, stderr } = spawnSync(findTool('ip'), ['-j', 'addr', 'show'], {
    encoding: 'utf8',
  })
  if (status !== 0) throw new EnvironmentFailure(`ip addr show: ${stderr.trim()}`)
  return new Map(
    schema.parse(JSON.parse(stdout)).map(({ ifname, address = '', flags, addr_info }) => [
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
    const path = `/proc/sys/net/ipv${family}/conf/${name}/forwarding`
    return readFileSync(path, 'utf8').trim() !== '0'
  } catch {
    return false
  }
}
