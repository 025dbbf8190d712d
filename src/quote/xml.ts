/** XML 1.0 from plain objects. Any text in them stays text. */
import { XMLBuilder } from 'fast-xml-parser'

/** Attribute names begin with `@`; `#text` is the content of an element. */
export function xmlText(root: object): string {
  const builder = new XMLBuilder({
    ignoreAttributes: false,
    attributeNamePrefix: '@',
    format: true,
    suppressEmptyNode: true,
    // Without this option the library writes `name="true"` as `name`, which is not valid XML.
    suppressBooleanAttributes: false,
    processEntities: true,
  })
  return builder.build(clean(root))
}

// XML 1.0 §2.2 allows no other control characters and no lone surrogates. Bidirectional controls
// and the remaining controls could affect the display.
const UNSAFE = /[^\P{Cc}\t\n]|[\p{Cf}\p{Cs}\ufffe\uffff]/gu

function clean<T>(value: T): T {
  if (typeof value === 'string') return value.replaceAll('\r\n', '\n').replace(UNSAFE, '�') as T
  if (Array.isArray(value)) return value.map(clean) as T
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value).map(([k, v]) => [k, clean(v)])) as T
}
