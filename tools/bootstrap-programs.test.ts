/** The first command on a fresh machine that lacks a program. */
import { chmodSync, rmSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import {
  bin,
  bootstrap,
  calls,
  inBootstrapTree,
  noting,
  program,
  root,
  TOOLS,
} from './testing/bootstrap-tree.ts'

inBootstrapTree()

describe('when a program is missing', () => {
  const packages: [string, RegExp][] = [
    [
      'apt-get',
      /sudo apt-get update -q && sudo apt-get install -y -q --no-install-recommends nftables iproute2$/m,
    ],
    ['dnf', /sudo dnf install -y nftables iproute$/m],
    ['pacman', /sudo pacman -Sy --noconfirm --needed nftables iproute2$/m],
    ['apk', /sudo apk add nftables iproute2$/m],
  ]

  test.each(packages)('without root, the install command is printed: %s', (manager, line) => {
    for (const tool of ['nft', 'ip']) rmSync(join(bin, tool))
    noting(manager)
    const { status, stderr } = bootstrap(['conformance'], { isRoot: false })
    expect({ status, stderr }).toEqual({ status: 3, stderr: expect.stringMatching(line) })
    expect(calls()).toEqual([])
  })

  const names: [string, string][] = [
    ['apt-get', 'nftables iproute2 util-linux mount'],
    ['dnf', 'nftables iproute util-linux'],
    ['pacman', 'nftables iproute2 util-linux'],
    ['apk', 'nftables iproute2 util-linux-misc setpriv mount'],
  ]

  test.each(names)('when all programs are missing, %s installs %s', (manager, packages) => {
    for (const tool of TOOLS) rmSync(join(bin, tool))
    noting(manager)
    const { stderr } = bootstrap(['conformance'], { isRoot: false })
    expect(stderr.trimEnd().endsWith(` ${packages}`)).toBe(true)
  })

  test("BusyBox's program with that name is not accepted", () => {
    program('busybox', 'exit 0')
    rmSync(join(bin, 'unshare'))
    symlinkSync('busybox', join(bin, 'unshare'))
    noting('apk')
    const { status, stderr } = bootstrap(['conformance'], { isRoot: false })
    expect({ status, stderr }).toEqual({
      status: 3,
      stderr: expect.stringMatching(/missing: unshare\..*\n {2}sudo apk add util-linux-misc\n/),
    })
  })

  test('an installation that fails: exit 3, with its output', () => {
    rmSync(join(bin, 'nft'))
    program('dnf', 'echo "no mirror answers"; exit 7')
    program('sudo', '[ "$1" = -n ] && shift; [ "$1" = true ] || exec "$@"')
    const { status, stderr } = bootstrap(['conformance'], { isRoot: false })
    expect({ status, stderr }).toEqual({
      status: 3,
      stderr: expect.stringMatching(/no mirror answers\n[\s\S]*failed: .*dnf install -y nftables/),
    })
  })

  test('with passwordless sudo it is installed', () => {
    rmSync(join(bin, 'nft'))
    chmodSync(root, 0o777)
    chmodSync(bin, 0o777)
    const stub = `printf '#!/bin/sh\\n' > "${join(bin, 'nft')}"; /bin/chmod +x "${join(bin, 'nft')}"`
    noting('dnf', stub)
    program('sudo', '[ "$1" = -n ] && shift; [ "$1" = true ] || exec "$@"')
    expect(bootstrap(['conformance'], { isRoot: false })).toMatchObject({ status: 0 })
    expect(calls()).toEqual(['dnf install -y nftables'])
  })

  test('an installation without effect: exit 3, with the missing program', () => {
    rmSync(join(bin, 'nft'))
    chmodSync(root, 0o777)
    noting('dnf')
    program('sudo', '[ "$1" = -n ] && shift; [ "$1" = true ] || exec "$@"')
    const { status, stderr } = bootstrap(['conformance'], { isRoot: false })
    expect({ status, stderr }).toEqual({
      status: 3,
      stderr: expect.stringMatching(/still missing after the installation: nft/),
    })
  })

  test('without a package manager, the needed packages are printed', () => {
    rmSync(join(bin, 'unshare'))
    expect(bootstrap(['conformance'])).toMatchObject({
      status: 3,
      stderr: expect.stringMatching(/missing: unshare \(util-linux\)\. Install these packages/),
    })
  })
})
