/** Commands as a shell reads them. */
export function quote(word: string): string {
  return /^[\w./-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`
}

/** How the command is called where it runs: in the checkout npm runs it, from its sources. */
export function ownCommand(): string {
  const byNpm = ['nftproof', 'conformance'].includes(process.env.npm_lifecycle_event ?? '')
  return byNpm ? 'npm run -s nftproof --' : 'nftproof'
}
