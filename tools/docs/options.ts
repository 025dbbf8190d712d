/** Options of the command that a page names. */

const OPTION = /(?<![\w-])--[a-z][a-z-]*[a-z]/g

/** Of other programs' commands. */
const FOREIGN: ReadonlySet<string> = new Set([
  '--bound',
  '--cap-add',
  '--check',
  '--end-of-options',
  '--help',
  '--kill-child',
  '--loops',
  '--max-retries',
  '--min-rate',
  '--modprobe',
  '--network',
  '--optimize',
  '--pdeathsig',
  '--record',
  '--rm',
  '--run',
  '--runs',
  '--security',
  '--security-opt',
  '--single-threaded',
  '--terse',
  '--test',
  '--unprivileged',
  '--user',
  '--mount',
  '--write',
])

export const optionsIn = (text: string): string[] => [...new Set(text.match(OPTION) ?? [])]

/** What a page says of nftproof, in samples and in prose. */
export const nftproofOptionsIn = (page: string): string[] =>
  optionsIn(page).filter((option) => !FOREIGN.has(option))
