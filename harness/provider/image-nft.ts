/** The nft that is in a container's image. */
import { InputFailure } from '../failure.ts'
import { USUAL_PATH } from '../firewall/nft.ts'
import { runProgramSync } from '../system/run-program-sync.ts'
import { findTool } from '../tools.ts'

/** `1.0.6`. Throws InputFailure where the image has none. */
export function nftInside(pid: number, name: string): string {
  // Somebody's own container is in a user namespace of his.
  const user =
    process.geteuid?.() === 0 ? [] : [`--user=/proc/${pid}/ns/user`, '--preserve-credentials']
  const command = [...user, `--mount=/proc/${pid}/ns/mnt`, 'nft', '--version']
  const { status, stdout, stderr } = runProgramSync(findTool('nsenter'), command, {
    name: 'nft',
    env: { ...process.env, PATH: USUAL_PATH },
  })
  if (status === 0) return /v(\S+)/.exec(stdout)?.[1] ?? stdout.trim()
  const why = /failed to execute nft/.test(stderr) ? 'there is none in it' : stderr.trim()
  throw new InputFailure(`${name} has no nft that could load the ruleset: ${why}`)
}
