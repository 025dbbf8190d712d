/**
 * Brings the Vagrant lab up and proves that it works, with a log in results/:
 *
 *     npm run lab:verify [-- --keep]
 *
 * First the main job in one machine, by `nftproof run --run-in vagrant`; then the
 * second profile: the client finds a firewall machine right, one with a seeded
 * fault wrong, one that drops everything wrong, and one that is not there not
 * measured; nor one behind which the internet is gone. `--keep` leaves the machines. See Vagrantfile for its environment.
 */
import { mkdirSync, writeFileSync } from 'node:fs'
import { $, chalk, within } from 'zx'

const LOG = 'results/lab-verify.log'
const ID = 'default-egress'
const PORTS = process.env.NFTPROOF_LAB_PORTS ?? '20-30,80-90'
const WIRES = '--target nic:shop=eth1,internet=eth2'

const log: string[] = []
let wrong = 0

function note(text: string): void {
  const plain = text.trimEnd()
  process.stdout.write(`${plain}\n`)
  // What is of this machine alone is nobody's business.
  const home = process.env.VAGRANT_HOME
  const known = home ? plain.replaceAll(home, '~/.vagrant.d') : plain
  log.push(known.replaceAll(process.cwd(), '.'))
}

interface Step {
  readonly title: string
  readonly command: readonly string[]
  /** Exit code, and what must be said. */
  readonly code: number
  readonly says?: RegExp
}

async function step({ title, command, code, says }: Step): Promise<void> {
  note(`\n── ${title}\n$ ${command.join(' ')}`)
  const began = performance.now()
  const ended = await $({ nothrow: true, quiet: true })`${[...command]}`
  const said = `${ended.stdout}${ended.stderr}`
  note(tidy(said))
  const isRight = ended.exitCode === code && (says?.test(said) ?? true)
  const seconds = ((performance.now() - began) / 1000).toFixed(0)
  if (!isRight) wrong++
  note(
    `${isRight ? '✔' : '✘'} exit ${ended.exitCode} after ${seconds} s${isRight ? '' : `; ${code} was wanted${says ? `, with ${says}` : ''}`}`,
  )
}

/** Progress of uploads is written over and over on one line. */
function tidy(text: string): string {
  return text
    .split('\n')
    .map((line) => line.slice(line.lastIndexOf('\r') + 1))
    .filter(
      (line) =>
        !/Progress: \d+%|static IP ending|very often used by|network to not work|properly, try/.test(
          line,
        ),
    )
    .join('\n')
}

const inside = (machine: string, command: string): string[] => [
  'vagrant',
  'ssh',
  machine,
  '--no-tty',
  '-c',
  `cd /vagrant && ${command}`,
]
const RULES = `nftproof compile ${ID} 2> /dev/null`
const wired = `sudo nftproof run ${ID} ${WIRES} --no-save --quiet --ports ${PORTS}`

async function oneMachine(): Promise<void> {
  await step({ title: 'one machine', command: ['vagrant', 'up', 'default'], code: 0 })
  await step({
    title: 'provisioning again changes nothing',
    command: ['vagrant', 'provision', 'default'],
    code: 0,
    says: /nothing to change/,
  })
  await step({
    title: 'the main job in it, its result brought back',
    command: [
      'node',
      'harness/cli/main.ts',
      'run',
      ID,
      '--run-in',
      'vagrant',
      '--quiet',
      '--ports',
      PORTS,
    ],
    code: 0,
    says: /1 scenario conforms/,
  })
  await step({
    title: 'the same by its own user',
    command: ITSELF,
    code: 0,
    says: /1 scenario conforms/,
  })
}

// Without root, in the folder in which root has been at work.
const ITSELF = inside('default', `npm run -s conformance -- ${ID} --quiet --ports ${PORTS}`)

async function threeMachines(): Promise<void> {
  await step({
    title: 'a client, a firewall and the internet',
    command: ['vagrant', 'up', 'client', 'firewall', 'internet'],
    code: 0,
  })
  const load = inside('firewall', `(echo flush ruleset; ${RULES}) | sudo nft -f -`)
  await step({ title: "the scenario's ruleset is loaded", command: load, code: 0 })
  await step({
    title: 'it conforms',
    command: inside('client', wired),
    code: 0,
    says: /1 scenario conforms/,
  })
  const seed = 'sudo nft insert rule inet egress_zerops egress iifname shop0 tcp dport 25 accept'
  await step({ title: 'a hole is made', command: inside('firewall', seed), code: 0 })
  await step({
    title: 'it is found',
    command: inside('client', `${wired} --protocol tcp`),
    code: 1,
    says: /25 .*(OPEN|ONE-WAY)/,
  })
  const drop =
    "sudo nft 'flush ruleset; table inet t { chain f { type filter hook forward priority 0; policy drop; }; }'"
  await step({ title: 'everything is dropped', command: inside('firewall', drop), code: 0 })
  await step({
    title: 'that is found',
    command: inside('client', wired),
    code: 1,
    says: /22 .*DROPPED/,
  })
  await step({
    title: 'the internet is gone',
    command: inside('internet', 'sudo ip link set internet down'),
    code: 0,
  })
  await step({
    title: 'no verdict without it',
    command: inside('client', wired),
    code: 3,
    says: /no answer from/,
  })
  await step({
    title: 'it is back',
    command: inside('internet', 'sudo ip link set internet up'),
    code: 0,
  })
  await step({
    title: 'its card is gone',
    command: inside('firewall', 'sudo ip link set shop0 down'),
    code: 0,
  })
  await step({
    title: 'no verdict',
    command: inside('client', wired),
    code: 3,
    says: /no answer from/,
  })
}

await within(async () => {
  note(`nftproof lab:verify, ports ${PORTS} of ${ID} over the cards`)
  try {
    await oneMachine()
    await threeMachines()
  } finally {
    if (!process.argv.includes('--keep'))
      await step({
        title: 'everything is removed',
        command: ['vagrant', 'destroy', '--force'],
        code: 0,
      })
  }
})
note(wrong === 0 ? '\n✔ the Vagrant lab works' : chalk.red(`\n✘ ${wrong} of its steps went wrong`))
mkdirSync('results', { recursive: true })
writeFileSync(LOG, `${log.join('\n')}\n`)
process.exitCode = wrong === 0 ? 0 : 1
