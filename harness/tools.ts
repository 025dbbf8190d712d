/** Finds the system's programs, also where an ordinary user's PATH does not lead. */
import { accessSync, constants, realpathSync } from 'node:fs'
import { EnvironmentFailure } from './failure.ts'

const ALSO = ['/usr/local/sbin', '/usr/sbin', '/sbin', '/usr/bin', '/bin']

/** Package that has each program, by Debian's names. */
const PACKAGES: Readonly<Record<string, string>> = {
  nft: 'nftables',
  ip: 'iproute2',
  unshare: 'util-linux',
  flock: 'util-linux',
  setpriv: 'util-linux (or setpriv)',
  mount: 'util-linux (or mount)',
  nsenter: 'util-linux',
  tc: 'iproute2 (or iproute-tc)',
  dockerd: 'docker.io',
}

/** Path of the program. Throws EnvironmentFailure that names the package to install. */
export function findTool(name: string): string {
  // NFTPROOF_PATH_ONLY is for those who want no other programs than their PATH's.
  const also = process.env.NFTPROOF_PATH_ONLY ? [] : ALSO
  for (const folder of [...(process.env.PATH ?? '').split(':'), ...also]) {
    const path = `${folder}/${name}`
    try {
      accessSync(path, constants.X_OK)
      // BusyBox has programs of these names that lack the options used here.
      if (!realpathSync(path).endsWith('/busybox')) return path
    } catch {}
  }
  throw new EnvironmentFailure(
    `${name} was not found: install the package ${PACKAGES[name] ?? name}`,
  )
}
