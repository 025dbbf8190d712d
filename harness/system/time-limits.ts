/**
 * How long a program may take before it counts as hanging. Generous: a slow and
 * loaded machine must never reach a limit, only a program that waits for ever.
 */
import { InputError } from './errors.ts'

/** Programs that have no line below take milliseconds. */
const USUAL_S = 60

/** By the program's name. */
const LIMITS_S: Readonly<Record<string, number>> = {
  // 100,000 rules take 2.8 s, a listing of 65,000 elements 1.5 s. Growth: see below.
  nft: 120,
  // A partial clone may fetch the file from its remote.
  git: 60,
  script: 60,
  // It fetches a box of some hundred megabytes and boots it, maybe in software.
  'vagrant up': 3600,
  'vagrant rsync': 600,
  'vagrant ssh': 600,
  // The setup of namespaces takes 40 ms; the machine may be swapping.
  sandbox: 120,
  // Answers of the engine's socket, and what it may have to fetch or do for them.
  'container engine': 60,
  'container start': 300,
  'image pull': 1800,
  'image build': 3600,
  // Gives a namespace back: some runs of ip, tc and nft, each with a limit of its own.
  guard: 600,
  // The same command elsewhere, with all of its scenarios: as long as the longest job of usual CI systems.
  nftproof: 6 * 3600,
}

/** iptables, ebtables, arptables in all their forms: they wait for each other's lock (iptables(8), -w). */
const TABLES = /tables|ipset/
const TABLES_S = 120

/** Of what a program reads: nft and its kernel part took 0.4 s for each, on a quiet machine. */
const GROWTH_S_PER_MB = 20

/** Names limits in seconds: `nft=600,git=120`. */
export const TIME_LIMITS = 'NFTPROOF_TIME_LIMITS'

/** In milliseconds; `inputBytes` is how much the program has to read. */
export function timeLimitMs(name: string, inputBytes = 0): number {
  const asked = askedLimits().get(name)
  const seconds = asked ?? usualS(name) + (inputBytes / 1e6) * GROWTH_S_PER_MB
  return Math.ceil(seconds * 1000)
}

const usualS = (name: string): number => LIMITS_S[name] ?? (TABLES.test(name) ? TABLES_S : USUAL_S)

const ENTRY = /^([\w.-]+(?: [\w.-]+)?)=(\d+(?:\.\d+)?)$/

/** Throws InputError where the variable cannot be read. */
function askedLimits(): ReadonlyMap<string, number> {
  const entries = (process.env[TIME_LIMITS] ?? '').split(',').filter((text) => text.trim() !== '')
  return new Map(entries.map((entry) => readEntry(entry.trim())))
}

function readEntry(entry: string): [string, number] {
  const [, name, seconds] = ENTRY.exec(entry) ?? []
  if (name === undefined || !(Number(seconds) > 0))
    throw new InputError(
      `${TIME_LIMITS}: ${JSON.stringify(entry)} is no limit: write PROGRAM=SECONDS, as nft=600`,
    )
  return [name, Number(seconds)]
}
