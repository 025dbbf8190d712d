/** Links of a Markdown page, and the places that links can lead to. */
import { proseOf } from './blocks.ts'

export interface Link {
  readonly line: number
  readonly target: string
}

export function linksOf(page: string): Link[] {
  const lines = proseOf(page).split('\n')
  return lines.flatMap((line, index) =>
    [...line.matchAll(/\]\(([^)\s]+)\)/g)].map(([, target]) => ({
      line: index + 1,
      target: target!,
    })),
  )
}

/** Names of headings as GitHub makes them. */
export function anchorsOf(page: string): Set<string> {
  const headings = linesBesideBlocks(page).filter((line) => /^#{1,6} /.test(line))
  return new Set(headings.map((line) => anchor(line.replace(/^#+ /, ''))))
}

const linesBesideBlocks = (page: string): string[] =>
  page.replaceAll(/^```[\s\S]*?^```$/gm, '').split('\n')

const anchor = (heading: string): string =>
  heading
    .trim()
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N} _-]/gu, '')
    .replaceAll(' ', '-')
