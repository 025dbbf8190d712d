/** Shell scripts with nft in a sandbox of their own, and listings that can be compared. */
import { spawnSync } from 'node:child_process'
import { enterCommand } from '../../harness/sandbox/enter.ts'
import { mustBeRootless } from '../../harness/sandbox/sandbox.ts'

/** Runs a shell script in a sandbox of its own; nft is on the PATH. Throws with what it said where it fails. */
export function inSandbox(script: string, input = ''): string {
  const [command, ...args] = enterCommand(mustBeRootless())
  const { stdout, stderr, status } = spawnSync(command!, [...args, 'sh', '-euc', script], {
    input,
    encoding: 'utf8',
    env: { ...process.env, PATH: `${process.env.PATH}:/usr/sbin:/sbin` },
    maxBuffer: 64 << 20,
  })
  if (status !== 0) throw new Error(`${stderr}\n${stdout}`)
  return stdout
}

/** Shell that splits its input at form feeds, which no comment holds, into /run/part00001 and so on. */
export const SPLIT = `awk -v 'RS=\f' '{ part = sprintf("/run/part%05d", NR); printf "%s", $0 > part; close(part) }'`

/** Shell that takes away what minimal images lack: names of protocols, services, marks, groups and users. */
export const NO_NAMES = [
  'mount -t tmpfs none /mnt',
  // Where Debian says which awk it has.
  'cp -a /etc/alternatives /mnt 2>/dev/null || true',
  'mount --bind /mnt /etc',
].join('\n')

/** Every element and rule of `nft -s list ruleset` behind the name of where it stands, in an order of their own. */
export function itemsOf(listing: string): string[] {
  const items: string[] = []
  let block = ''
  for (const line of listing.split('\n').map((text) => text.trim())) {
    const head = /^(?:table|set|map|chain) .*(?= \{$)/.exec(line)
    if (head) block = head[0]
    if (head) items.push(block)
    else if (line !== '' && line !== '}')
      for (const item of line.replace(/^elements = \{ | \}$|,$/g, '').split(/, (?=")/))
        items.push(`${block}: ${item}`)
  }
  return items.sort()
}
