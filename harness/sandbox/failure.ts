/** Why this machine cannot create a sandbox, and the remedy. */
import { readFileSync } from 'node:fs'
import { rootIsMounted } from '../system/root-mount.ts'

/** The facts that the reason depends on, besides the error message. */
export interface Machine {
  readonly root: boolean
  /** `/` is a mount point. It is not in a chroot into a plain folder. */
  readonly rootIsMounted: boolean
  /** The value of a sysctl by its dotted name. Undefined if the kernel does not have it. */
  sysctl(name: string): string | undefined
}

/**
 * The reason and its remedy. `said` is the output of unshare, or of the first command in the
 * sandbox. For an unknown message, the remedy is `nftproof doctor`.
 */
export function explainSandboxFailure(said: string, machine: Machine = THIS_MACHINE): string {
  if (/change root filesystem propagation/.test(said)) return NO_PROC_IN_CHROOT
  if (/nsenter: .*mount/.test(said)) return NO_MOUNT_OUTSIDE
  if (/No space left/.test(said)) return explainLimit(machine)
  const missing = /failed to execute (\S+): No such file|: ([a-z]+): not found/.exec(said)
  if (missing)
    return `${missing[1] ?? missing[2]} was not found: add its folder to PATH (PATH=$PATH:/usr/sbin:/usr/bin:/sbin:/bin)`
  // If mounting /proc was refused, the namespaces already existed.
  if (/mount \S*proc/i.test(said) && !restrictedByAppArmor(machine))
    return 'a new /proc may not be mounted here (in a container: run it with --security-opt systempaths=unconfined)'
  if (isDenial(said)) return explainDenial(machine)
  return 'nftproof doctor shows what this machine lacks'
}

const NO_PROC_IN_CHROOT =
  '/ is not a mount point here, as in a chroot, and /proc is not mounted: mount -t proc proc /proc'
const NO_MOUNT_OUTSIDE =
  '/ is not a mount point here, as in a chroot: run mount --bind FOLDER FOLDER before chroot'

/** Whether the kernel refused (EPERM or EACCES), rather than lacked something. */
export function isDenial(said: string): boolean {
  return /Operation not permitted|Permission denied|\bEPERM\b|\bEACCES\b/.test(said)
}

/** The namespaces of a sandbox, by the part of their sysctl's name. */
const KINDS = { user: 'user', net: 'network', mnt: 'mount', pid: 'process' } as const
/** Linux starts with about half as many as it allows threads. */
const ENOUGH = 15_000

// The kernel returns ENOSPC when a limit of user_namespaces(7) is reached, and 0 is a limit.
function explainLimit({ sysctl, root }: Machine): string {
  const limits = Object.entries(KINDS).flatMap(([part, kind]) => {
    const name = `user.max_${part}_namespaces`
    const value = sysctl(name)
    return value === undefined ? [] : [{ name, kind, value: Number(value) }]
  })
  const forbidden = limits.find(({ value }) => value === 0)
  // The least one is reached first.
  const [least] = limits.toSorted((a, b) => a.value - b.value)
  const orRoot = forbidden?.kind === 'user' && !root ? ', or run as root' : ''
  if (forbidden)
    return `${forbidden.kind} namespaces are forbidden: sudo sysctl -w ${forbidden.name}=${ENOUGH}${orRoot}`
  const raised = Math.max(ENOUGH, 2 * (least?.value ?? 0))
  return least
    ? `the limit of namespaces is reached (${limits.map(({ name, value }) => `${name}=${value}`).join(', ')}): raise it (sudo sysctl -w ${least.name}=${raised}), or end other programs that have namespaces`
    : 'the limit of namespaces is reached: raise user.max_user_namespaces and user.max_net_namespaces'
}

function explainDenial(machine: Machine): string {
  if (!machine.root && machine.sysctl('kernel.unprivileged_userns_clone') === '0')
    return 'user namespaces are switched off: sudo sysctl -w kernel.unprivileged_userns_clone=1, or run as root'
  // user_namespaces(7), of unshare(2): EPERM "the caller is in a chroot environment".
  if (!machine.rootIsMounted)
    return 'this is a chroot, in which the kernel forbids user namespaces: run as root without --rootless, or enter the folder with pivot_root, as containers do'
  if (restrictedByAppArmor(machine))
    return 'AppArmor restricts user namespaces (as Ubuntu 24.04 does): sudo sysctl -w kernel.apparmor_restrict_unprivileged_userns=0, or run as root'
  const orRoot = machine.root ? '' : '; or run as root, also in a chroot'
  return `the kernel or a seccomp filter forbids namespaces (in a container: run it with --privileged, or with --cap-add SYS_ADMIN and --security-opt seccomp=unconfined)${orRoot}`
}

function restrictedByAppArmor({ root, sysctl }: Machine): boolean {
  return !root && sysctl('kernel.apparmor_restrict_unprivileged_userns') === '1'
}

const THIS_MACHINE: Machine = {
  root: process.geteuid?.() === 0,
  get rootIsMounted() {
    return rootIsMounted()
  },
  sysctl(name) {
    try {
      return readFileSync(`/proc/sys/${name.replaceAll('.', '/')}`, 'utf8').trim()
    } catch {
      return undefined
    }
  },
}
