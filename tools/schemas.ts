/** Writes the JSON Schemas of the file formats into schemas/; with --check it only says whether they are stale. */
import { readFileSync, writeFileSync } from 'node:fs'
import { schemaFiles } from './schemas/files.ts'

/** Files whose text is not what the schemas in the code make of it. */
export function staleSchemas(): string[] {
  return [...schemaFiles()].filter(([path, text]) => textOf(path) !== text).map(([path]) => path)
}

function textOf(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return undefined
  }
}

if (import.meta.main) {
  const stale = staleSchemas()
  if (!process.argv.includes('--check'))
    for (const [path, text] of schemaFiles()) writeFileSync(path, text)
  else if (stale.length > 0) {
    process.stderr.write(`stale: ${stale.join(', ')}; run npm run schemas\n`)
    process.exitCode = 1
  }
}
