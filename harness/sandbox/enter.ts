/** How a process enters new namespaces, and ends with the process that started it. */
import { findProgram } from '../system/find-program.ts'
import { mountSetup } from './root.ts'

// setpriv ties the sandbox's life to this process: SIGKILL on this process reaches unshare, and
// --kill-child passes it on to the process that holds the namespaces.
const ENTER = ['--net', '--mount', '--pid', '--fork', '--kill-child']
const ROOTLESS = ['--user', '--map-root-user']
// ip(8) keeps named namespaces in /run/netns, which must not be the host's. /run/netns is a mount
// from the start. Otherwise the first `ip netns add` would make it one, and earlier mounts below it
// would be mounted twice.
const PREPARE =
  'mount -t tmpfs none /run && mkdir /run/netns && mount -t tmpfs --make-shared none /run/netns && exec "$@"'

/** The command before another one that runs the latter in a new sandbox. */
export function enterCommand(rootless: boolean, userNamespaceOf?: number): string[] {
  const joined =
    rootless && userNamespaceOf !== undefined
      ? [findProgram('nsenter'), `--user=/proc/${userNamespaceOf}/ns/user`]
      : []
  const { options, script } = mountSetup()
  const enter = [...(rootless && joined.length === 0 ? ROOTLESS : []), ...ENTER, ...options]
  return [
    findProgram('setpriv'),
    '--pdeathsig',
    'KILL',
    ...joined,
    findProgram('unshare'),
    ...enter,
    'sh',
    '-c',
    `${script}${PREPARE}`,
    'sh',
  ]
}
