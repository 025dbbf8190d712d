/** Claim: a firewall in a container is opened, ready and restored as in every other provider. */
import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll } from 'vitest'
import { everyProvider } from '../testing/provider-suite.ts'

const BASE = 'nftproof-test/base'

let folder: string
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'nftproof-providers-'))
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

/** Everything that the engine has, without its cache, which is its own affair. */
const engineState = (): string =>
  [
    ['ps', '--all', '--quiet'],
    ['volume', 'ls', '--quiet'],
    ['images', '--quiet', '--filter', 'dangling=false'],
    ['network', 'ls'],
  ]
    .map((args) => execFileSync('docker', args, { encoding: 'utf8' }))
    .join('\n')

const rulesFile = (ruleset: string): string => {
  const file = join(folder, 'rules.nft')
  writeFileSync(file, ruleset)
  return file
}

everyProvider('a container that loads a ruleset', () => ({
  place: (ruleset) => ['--target', `image:${BASE}`, '--ruleset', rulesFile(ruleset)],
  state: engineState,
  missing: [
    ['--target', 'image:nftproof-test/nowhere', '--load'],
    /nftproof-test\/nowhere is not here/,
  ],
}))

/** Its own start sets the rules: what is measured before that sign would be wrong. */
everyProvider('a container that sets its own rules', () => ({
  place: (ruleset) => {
    const file = join(folder, 'Dockerfile')
    const start = `sleep 1; nft -f /rules.nft && echo rules are set; exec sleep infinity`
    writeFileSync(join(folder, 'rules.nft'), ruleset)
    writeFileSync(
      file,
      `FROM ${BASE}\nCOPY rules.nft /rules.nft\nCMD ["sh", "-c", ${JSON.stringify(start)}]\n`,
    )
    return ['--target', `dockerfile:${file}`, '--ready', 'log:rules are set', '--root', '/']
  },
  state: engineState,
  missing: [['--target', 'dockerfile:nowhere/Dockerfile', '--load'], /nowhere\/Dockerfile/],
}))
