/** How the command is called, in what it prints for people to call it again. */

/** What is set, in the container or machine in which a command runs, to the flags that sent it there. */
export const WITHIN = 'NFTPROOF_WITHIN'

/** How the command is called where it runs: in the checkout npm runs it, from its sources. */
export function ownCommand(): string {
  const byNpm = ['nftproof', 'conformance'].includes(process.env.npm_lifecycle_event ?? '')
  return byNpm ? 'npm run -s nftproof --' : 'nftproof'
}
