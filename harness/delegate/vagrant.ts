/**
 * Runs the same command in the machine of the Vagrant lab. The working directory is copied into it,
 * the output and the exit code are passed on, and the files that it wrote are copied back.
 */
import { existsSync } from 'node:fs'
import { isAbsolute, normalize } from 'node:path'
import { shellWord } from '../../src/quote/shell.ts'
import { relayOf, warn } from '../output/console.ts'
import { RESULTS } from '../output/result-store.ts'
import { CommandError } from '../system/command-error.ts'
import { EnvironmentError, InputError } from '../system/errors.ts'
import { runProgram } from '../system/exec.ts'
import type { Finished } from '../system/run-program-sync.ts'
import { WITHIN } from '../system/shell-quote.ts'
import { withoutRunIn } from './arguments.ts'

const FOLDER = '/vagrant'
/** Other machines of the Vagrantfile need not run. */
const MACHINE = 'default'
const MARK = '/tmp/nftproof-began'
/** The exit code of ssh(1) if ssh itself failed. */
const SSH_FAILED = 255

export interface Written {
  readonly out?: string
  /** Files that reporters write. */
  readonly files: readonly string[]
  readonly save: boolean
}

/** The exit code of the command in the machine. `args` are those of this command. */
export async function inVagrant(args: readonly string[], written: Written): Promise<number> {
  const wanted = [...(written.save ? [written.out ?? RESULTS] : []), ...written.files]
  for (const file of wanted) mustBeBelow(file)
  if (!existsSync('Vagrantfile'))
    throw new InputError(
      '--run-in vagrant: no Vagrantfile in this folder: copy one as described in docs/vagrant.md',
    )
  await mustRun(['up', MACHINE])
  await mustRun(['rsync', MACHINE])
  const command = withoutRunIn(args).map(shellWord).join(' ')
  const code = await handedOn(
    // The results folder belongs to the user, who may run commands there as well.
    `cd ${FOLDER} && mkdir -p ${RESULTS} && touch ${MARK} && exec sudo ${environment()} nftproof ${command}`,
  )
  if (code === SSH_FAILED)
    throw new EnvironmentError('--run-in vagrant: the machine cannot be reached (vagrant ssh)')
  await bringBack(wanted)
  return code
}

/** Only files of the copied folder can be written there. */
function mustBeBelow(file: string): void {
  if (isAbsolute(file) || normalize(file).startsWith('..'))
    throw new InputError(`--run-in vagrant: ${file} must be a path in this folder`)
}

/** Colours as here. The terminal itself is not passed on, so JSON output is unchanged. */
function environment(): string {
  const colours = process.stdout.isTTY && !process.env.NO_COLOR ? 'FORCE_COLOR=1' : 'NO_COLOR=1'
  return `env ${WITHIN}='--run-in vagrant' ${colours}${process.env.CI ? ' CI=1' : ''}`
}

/** Messages of Vagrant go to standard error, like those of nftproof. */
async function mustRun(args: readonly string[]): Promise<void> {
  const name = `vagrant ${args[0]}`
  const { status, stdout, stderr } = await explained(runProgram('vagrant', args, { name }))
  if (status === 0) return
  warn((stdout + stderr).trim())
  throw new EnvironmentError(`vagrant ${args.join(' ')} failed: see above`)
}

/** If Vagrant is missing, the message names the manual page. */
function notStarted(cause: unknown): unknown {
  if (!(cause instanceof CommandError) || cause.ending.kind !== 'not-started') return cause
  const words = `--run-in vagrant: Vagrant is needed (${cause.message}); see docs/vagrant.md`
  return new EnvironmentError(words, { cause })
}

const explained = (work: Promise<Finished>): Promise<Finished> =>
  work.catch((error: unknown) => {
    throw notStarted(error)
  })

const SSH = ['ssh', MACHINE, '--no-tty', '-c']

async function handedOn(command: string): Promise<number> {
  const relays = { stdout: relayOf(process.stdout), stderr: relayOf(process.stderr) }
  const options = { name: 'nftproof', relays }
  return (await explained(runProgram('vagrant', [...SSH, command], options))).status
}

/** Everything is read before anything is written: both folders may be the same. */
async function bringBack(files: readonly string[]): Promise<void> {
  if (files.length === 0) return
  const places = files.map((file) => shellWord(`./${normalize(file)}`)).join(' ')
  const command = `cd ${FOLDER} && find ${places} -newer ${MARK} -type f -print0 2>/dev/null | sudo tar -cf - --null -T -`
  const packed = await runProgram('vagrant', [...SSH, command], { name: 'vagrant ssh' })
  await mustHoldOnly(files, packed.bytes)
  const unpacked = await runProgram('tar', ['-xf', '-', '--no-same-owner'], {
    input: packed.bytes,
  })
  if (packed.status === 0 && unpacked.status === 0) return
  throw new EnvironmentError(
    `--run-in vagrant: the written files could not be copied from the machine: ${`${packed.stderr}${unpacked.stderr}`.trim()}`,
  )
}

/**
 * Code in the machine can write the archive, so it must not contain any other file of the folder.
 */
export async function mustHoldOnly(files: readonly string[], archive: Uint8Array): Promise<void> {
  const places = files.map((file) => `./${normalize(file)}`.replace(/\/+$/, ''))
  const { stdout } = await runProgram('tar', ['-tf', '-'], { input: archive })
  const members = stdout.split('\n').filter(Boolean)
  const other = members.find(
    (name) => !places.some((place) => name === place || name.startsWith(`${place}/`)),
  )
  if (other !== undefined)
    throw new EnvironmentError(
      `--run-in vagrant: unexpected file from the machine: ${other}; no file was copied`,
    )
}
