/**
 * How long a program may take before it counts as hanging. The limits are generous: a slow and
 * loaded machine must never reach one, only a program that waits forever.
 */
import { InputError } from './errors.ts'

/** Programs without an entry take milliseconds. */
const USUAL_S = 60

/** By the program's name. */
const LIMITS_S: Readonly<Record<string, number>> = {
  // 100,000 rules take 2.8 s, a listing of 65,000 elements 1.5 s. Growth: see below.
  nft: 120,
  // A partial clone may fetch the file from its remote repository.
  git: 60,
  script: 60,
  // It downloads a box of some hundred megabytes and boots it, possibly in software.
  'vagrant up': 3600,
  'vagrant rsync': 600,
  'vagrant ssh': 600,
  // Creating namespaces takes 40 ms, but the machine may be swapping.
  sandbox: 120,
  // Requests to the engine's socket, including downloads and builds.
  'container engine': 60,
  'container start': 300,
  'image pull': 1800,
  'image build': 3600,
  // Restores a namespace: several runs of ip, tc and nft, each with a limit of its own.
  guard: 600,
  // The same command elsewhere with all its scenarios: as long as the longest job of common CI
  // systems.
  nftproof: 6 * 3600,
}

/**
 * All variants of iptables, ebtables and arptables: they wait for each other's lock (iptables(8),
 * -w).
 */
const TABLES = /tables|ipset/
const TABLES_S = 120

/** For each MiB of input: nft and its kernel part took 0.4 s on an idle machine. */
const GROWTH_S_PER_MB = 20

/** A list of limits in seconds: `nft=600,git=120`. */
export const TIME_LIMITS = 'NFTPROOF_TIME_LIMITS'

/** In milliseconds. `inputBytes` is the size of the program's input. */
export function timeLimitMs(name: string, inputBytes = 0): number {
  const asked = askedLimits().get(name)
  const seconds = asked ?? usualS(name) + (inputBytes / 1e6) * GROWTH_S_PER_MB
  return Math.ceil(seconds * 1000)
}

const usualS = (name: string): number => LIMITS_S[name] ?? (TABLES.test(name) ? TABLES_S : USUAL_S)

const ENTRY = /^([\w.-]+(?: [\w.-]+)?)=(\d+(?:\.\d+)?)$/

/** Throws InputError for an invalid value of the variable. */
function askedLimits(): ReadonlyMap<string, number> {
  const entries = (process.env[TIME_LIMITS] ?? '').split(',').filter((text) => text.trim() !== '')
  return new Map(entries.map((entry) => readEntry(entry.trim())))
}

function readEntry(entry: string): [string, number] {
  const [, name, seconds] = ENTRY.exec(entry) ?? []
  if (name === undefined || !(Number(seconds) > 0))
    throw new InputError(
      `${TIME_LIMITS}: ${JSON.stringify(entry)} is not a limit: write PROGRAM=SECONDS, like nft=600`,
    )
  return [name, Number(seconds)]
}
