/** Remarks: facts for the reader of a result that are neither wrong nor doubtful. */

/** For dormant tables of one firewall. */
export const dormantRemarks = (dormant: readonly string[] = []): string[] =>
  dormant.map((table) => `table ${table} is dormant: its rules have no effect`)

interface DormantSide {
  readonly origin: string
  readonly dormant?: readonly string[] | undefined
}

/** For two firewalls. */
export function dormantInBoth(old: DormantSide, young: DormantSide): string[] {
  const [before, after] = [new Set(old.dormant), new Set(young.dormant)]
  return [...new Set([...before, ...after])].map((table) => {
    if (before.has(table) && after.has(table))
      return `table ${table} is dormant on both sides: its rules have no effect`
    const { origin } = before.has(table) ? old : young
    return `table ${table} is dormant in ${origin}: it was left out of the comparison`
  })
}

/** Each once; nothing where there are none. */
export function remarked(all: readonly string[]): { readonly remarks?: string[] } {
  return all.length === 0 ? {} : { remarks: [...new Set(all)] }
}
