/**
 * How a sandbox is entered where `/` is no mount point: in a chroot into a plain
 * folder. What is mounted there would then be seen outside as well, wherever the
 * file system around the folder is shared, and unshare(1) refuses to begin.
 */
import { rootIsMounted } from '../system/root-mount.ts'

/** What a shell in the new mount namespace runs first, and unshare's options before that. */
export interface MountSetup {
  readonly options: readonly string[]
  readonly script: string
}

/** Mounts of the namespace are seen in no other; its /proc shows its own processes. */
export function mountSetup(): MountSetup {
  return rootIsMounted()
    ? { options: ['--mount-proc'], script: '' }
    : { options: ['--propagation', 'unchanged'], script: PRIVATE }
}

// Who enters a mount namespace, be it the present one, has its root for his own
// (setns(2)): from there the mount around the chroot can be made private.
const PRIVATE =
  'nsenter --mount=/proc/self/ns/mnt mount --make-rprivate / && mount -t proc none /proc && '
