/** Why a sandbox could not be made here, and what to do about it. */
import { readFileSync } from 'node:fs'

/** `said` is what unshare printed. */
export function explainSandboxFailure(said: string): string {
  if (sysctl('kernel.apparmor_restrict_unprivileged_userns') === '1' && process.geteuid?.() !== 0)
    return 'AppArmor restricts user namespaces (as Ubuntu 24.04 does): sudo sysctl -w kernel.apparmor_restrict_unprivileged_userns=0, or run as root'
  if (sysctl('kernel.unprivileged_userns_clone') === '0')
    return 'user namespaces are switched off: sudo sysctl -w kernel.unprivileged_userns_clone=1, or run as root'
  if (sysctl('user.max_user_namespaces') === '0')
    return 'user namespaces are forbidden: sudo sysctl -w user.max_user_namespaces=15000, or run as root'
  if (sysctl('user.max_net_namespaces') === '0')
    return 'network namespaces are forbidden: sudo sysctl -w user.max_net_namespaces=15000'
  if (/No space left/.test(said))
    return 'the limit of namespaces is reached: raise user.max_user_namespaces and user.max_net_namespaces, or run as root'
  if (/Operation not permitted/.test(said))
    return 'the kernel or a seccomp filter forbids namespaces (in a container: run it with --privileged, or with --cap-add SYS_ADMIN and --security-opt seccomp=unconfined); or run as root'
  if (/mount .*proc|mount.*failed/i.test(said))
    return 'a new /proc may not be mounted here (in a container: run it with --security-opt systempaths=unconfined)'
  return 'nftproof doctor says what this machine lacks'
}

function sysctl(name: string): string | undefined {
  try {
    return readFileSync(`/proc/sys/${name.replaceAll('.', '/')}`, 'utf8').trim()
  } catch {
    return undefined
  }
}
