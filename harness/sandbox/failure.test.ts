/** What was said when a sandbox could not be made → the reason and its remedy. */
import { describe, expect, test } from 'vitest'
import { shortageOf } from '../system/limit-remedies.ts'
import { explainSandboxFailure, type Machine } from './failure.ts'

const machine = (sysctls: Readonly<Record<string, string>> = {}, root = false): Machine => ({
  root,
  rootIsMounted: true,
  sysctl: (name) => sysctls[name],
})

const FULL = 'unshare: unshare failed: No space left on device'
const REFUSED = 'unshare: unshare failed: Operation not permitted'
const UNMAPPED = 'unshare: write failed /proc/self/uid_map: Operation not permitted'
const NO_TMPFS = 'mount: /run: permission denied.\n       Permission denied'
const NO_PROC = 'unshare: mount /proc failed: Operation not permitted'

const APPARMOR = { 'kernel.apparmor_restrict_unprivileged_userns': '1' }
const SWITCHED_OFF = { 'kernel.unprivileged_userns_clone': '0' }

const NO_PROPAGATION = 'unshare: cannot change root filesystem propagation: Invalid argument'
const NO_MOUNT = 'nsenter: failed to execute mount: No such file or directory'
const CHROOT: Machine = { ...machine(), rootIsMounted: false }

const cases: [string, string, Machine, RegExp][] = [
  ['AppArmor, at the mapping', UNMAPPED, machine(APPARMOR), /sysctl -w kernel\.apparmor_restrict/],
  ['AppArmor, at the first mount', NO_TMPFS, machine(APPARMOR), /^AppArmor .*Ubuntu 24\.04/],
  ['AppArmor, at /proc', NO_PROC, machine(APPARMOR), /^AppArmor/],
  ['switched off', REFUSED, machine(SWITCHED_OFF), /-w kernel\.unprivileged_userns_clone=1/],
  [
    'no user namespaces',
    FULL,
    machine({ 'user.max_user_namespaces': '0' }),
    /max_user_namesp.*=15/,
  ],
  ['no net namespaces', FULL, machine({ 'user.max_net_namespaces': '0' }), /max_net_namesp.*=15/],
  [
    'no mount namespaces',
    FULL,
    machine({ 'user.max_mnt_namespaces': '0' }),
    /^mount namesp.*max_mnt_namesp.*=15/,
  ],
  [
    'no process namespaces',
    FULL,
    machine({ 'user.max_pid_namespaces': '0' }),
    /^process .*max_pid_namesp.*=15/,
  ],
  [
    'too many of them',
    FULL,
    machine({ 'user.max_user_namespaces': '15000', 'user.max_net_namespaces': '9' }),
    /limit .* is reached \(user.max_user_namespaces=15000, user.max_net_namespaces=9\): .*sysctl -w user.max_net_namespaces=15000/,
  ],
  [
    'too many, of kinds that the kernel does not report',
    FULL,
    machine(),
    /limit .* is reached: raise/,
  ],
  ['seccomp', REFUSED, machine(), /seccomp=unconfined\); or run as root, also in a chroot$/],
  ['a masked /proc', NO_PROC, machine(), /systempaths=unconfined/],
  ['no user namespaces in a chroot', REFUSED, CHROOT, /^this is a chroot, .*run as root/],
  ['a chroot without /proc', NO_PROPAGATION, CHROOT, /mount -t proc proc \/proc$/],
  ['a chroot without mount(8) outside', NO_MOUNT, CHROOT, /mount --bind FOLDER FOLDER/],
  ['no mkdir', 'sh: 1: mkdir: not found', machine(), /^mkdir was not found: add .* PATH/],
  [
    'no shell',
    'unshare: failed to execute sh: No such file or directory',
    machine(),
    /^sh was not found: add .* PATH/,
  ],
  ['anything else', 'sh: 1: x', machine(), /^nftproof doctor/],
]

test.each(cases)('%s', (_, said, on, reason) => {
  expect(explainSandboxFailure(said, on)).toMatch(reason)
})

describe('the hint names only settings that can be the cause', () => {
  test('AppArmor and the sysctl do not restrict root', () => {
    const said = explainSandboxFailure(REFUSED, machine({ ...APPARMOR, ...SWITCHED_OFF }, true))
    expect(said).toMatch(/seccomp=unconfined\)$/)
  })

  test('AppArmor is not named for a full limit or a missing program', () => {
    expect(explainSandboxFailure(FULL, machine(APPARMOR))).toMatch(/limit of namespaces/)
    expect(explainSandboxFailure('sh: 1: mkdir: not found', machine(APPARMOR))).not.toMatch(
      /AppArmor/,
    )
  })
})

/** A lab in a sandbox makes its namespace itself. */
test('a full limit of namespaces is not a full file system', () => {
  const error = Object.assign(new Error('unshare: errno 28'), { code: 'ENOSPC', call: 'unshare' })
  expect(shortageOf(error)?.message).toMatch(/^unshare: the limit of network namespaces .*=15000/)
  const write = Object.assign(new Error('x'), { code: 'ENOSPC', syscall: 'write' })
  expect(shortageOf(write)?.message).toMatch(/^write: the file system is full/)
})
