/** The name of this command in commands that it prints for the user. */

/** Set in the container or machine in which a command runs: the flags that sent it there. */
export const WITHIN = 'NFTPROOF_WITHIN'

/** The name of the command where it runs: in a checkout, npm runs it from its sources. */
export function ownCommand(): string {
  const byNpm = ['nftproof', 'conformance'].includes(process.env.npm_lifecycle_event ?? '')
  return byNpm ? 'npm run -s nftproof --' : 'nftproof'
}
