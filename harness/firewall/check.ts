/** Checks a ruleset with nft in a namespace of its own, so that neither privileges nor the host's tables matter. */
import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { EnvironmentFailure, InputFailure } from '../failure.ts'
import { mustBeRootless } from '../sandbox/sandbox.ts'
import { findTool } from '../tools.ts'

export async function checkInSandbox(text: string): Promise<void> {
  const enter = mustBeRootless() ? ['--user', '--map-root-user', '--net'] : ['--net']
  const running = promisify(execFile)(findTool('unshare'), [
    ...enter,
    findTool('nft'),
    '--check',
    '-f',
    '-',
  ])
  running.child.stdin?.end(text)
  try {
    await running
  } catch (cause) {
    const { stderr, message } = cause as Error & { stderr?: string }
    const said = (stderr ?? message).trim().replaceAll('/dev/stdin', 'ruleset')
    if (/unshare/.test(said))
      throw new EnvironmentFailure(`no namespace could be made: ${said}`, { cause })
    throw new InputFailure(`nft refuses the ruleset:\n${said}`, { cause })
  }
}
