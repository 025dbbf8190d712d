/** XML 1.0 from plain objects: any text in them stays text. */
import { XMLBuilder } from 'fast-xml-parser'

/** Attributes begin with `@`, and `#text` is what stands in an element. */
export function xmlText(root: object): string {
  const builder = new XMLBuilder({
    ignoreAttributes: false,
    attributeNamePrefix: '@',
    format: true,
    suppressEmptyNode: true,
    // Else `name="true"` is written as `name`, which is no XML.
    suppressBooleanAttributes: false,
    processEntities: true,
  })
  return builder.build(clean(root))
}

// XML 1.0 §2.2 admits no other control characters and no lone surrogates. What
// turns text around, and the rest of the controls, would act where it is shown.
const UNSAFE = /[^\P{Cc}\t\n]|[\p{Cf}\p{Cs}\ufffe\uffff]/gu

function clean<T>(value: T): T {
  if (typeof value === 'string') return value.replaceAll('\r\n', '\n').replace(UNSAFE, '�') as T
  if (Array.isArray(value)) return value.map(clean) as T
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value).map(([k, v]) => [k, clean(v)])) as T
}
