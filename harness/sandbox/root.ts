/**
 * How to enter a sandbox if `/` is not a mount point: in a chroot into a plain folder. Mounts there
 * would be visible outside if the file system around the folder is shared, and unshare(1) refuses
 * to begin.
 */
import { rootIsMounted } from '../system/root-mount.ts'

/** The first commands of a shell in the new mount namespace, and unshare's options. */
export interface MountSetup {
  readonly options: readonly string[]
  readonly script: string
}

/** Mounts of the namespace are visible in no other one. Its /proc shows its own processes. */
export function mountSetup(): MountSetup {
  return rootIsMounted()
    ? { options: ['--mount-proc'], script: '' }
    : { options: ['--propagation', 'unchanged'], script: PRIVATE }
}

// A process that enters a mount namespace, even its own, gets that namespace's root (setns(2)).
// From there, the mount around the chroot can be made private.
const PRIVATE =
  'nsenter --mount=/proc/self/ns/mnt mount --make-rprivate / && mount -t proc none /proc && '
