/** Options that had another name before the first release: an error names the present one. */

/** By command, `*` for all; the present spelling. */
const FORMER: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  '*': {
    '--netns': '--target netns:NAME',
    '--pid': '--target pid:PID',
    '--image': '--target image:NAME',
    '--container': '--target container:FILE',
    '--wire': '--target nic:ZONE=INTERFACE,ZONE=INTERFACE',
    '--on': '--target KIND:VALUE',
    '--json': '--reporter json',
    '--junit': '--reporter junit=FILE',
    '--markdown': '--reporter markdown or --reporter markdown=FILE',
    '--in': '--run-in vagrant',
    '--in-container': '--run-in container',
    '--harness-image': '--run-in container:IMAGE',
  },
  compile: { '--from': '--base FILE' },
  explain: { '--target': '--destination ADDRESS, or the target as the first argument' },
  diff: { '--target': 'the targets as arguments: nftproof diff OLD NEW' },
}

/** The present spelling of an option that the command does not know; undefined where there is none. */
export function presentSpelling(option: string, command: string): string | undefined {
  const name = option.replace(/=.*$/s, '')
  for (const key of [command, '*']) {
    const own = FORMER[key]
    if (own && Object.hasOwn(own, name)) return own[name]
  }
  return undefined
}

const UNKNOWN = /^error: unknown option '(--[a-z-]+)[^']*'/

/** The error of an unknown option, with the present spelling behind it where there is one. */
export function withPresentSpelling(message: string, command: string): string {
  const [, option] = UNKNOWN.exec(message) ?? []
  const present = option === undefined ? undefined : presentSpelling(option, command)
  return present === undefined ? message : `${message.trimEnd()}: use ${present}\n`
}
