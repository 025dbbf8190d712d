/** What must be ended after the tests of a file, by modules that one process reads once for many files (setup.ts). */
const works = new Set<() => Promise<void>>()

/** `work` is called once, after the last test of the present file. */
export function afterFile(work: () => Promise<void>): void {
  works.add(work)
}

export async function endFile(): Promise<void> {
  const all = [...works]
  works.clear()
  await Promise.all(all.map((work) => work()))
}
